import random

from jobs.board import Board, State, size
from tests.jobs.steps import CraftStep, EvaluateStep, TrainStep, study
from transfer.tasks import Choice, Craft, Evaluate, Part, Split, Train

PART = Part(Choice("mnist", {}), "train", "0" * 64, (1, 28, 28), 10)


def train(epochs, images, seed=0):
    return Train(PART, PART, Choice("linear", {}), Choice("adam", {"epochs": epochs}), Split(0, images, 0), seed)


def craft(surrogate, steps, images=100):
    return Craft((surrogate,), Choice("pgd", {"steps": steps}), PART, images)


def test_no_task_is_due_before_what_it_needs_whatever_the_order_of_completion():
    for seed in range(50):
        chance, board, done, running = random.Random(seed), Board(study(4)), set(), []
        while board.is_open:
            while board.peek() and chance.random() < 0.7:
                running.append(board.take())
                assert {need.id for need in running[-1].needs()} <= done
            if running:
                ended = running.pop(chance.randrange(len(running)))
                done.add(ended.id)
                board.finish(ended)
        assert len(done) == len(study(4))


def test_what_a_task_needs_is_on_the_board_though_nobody_listed_it():
    needed = TrainStep(name="train")
    board = Board([CraftStep(name="craft", after=(needed,))])
    assert next(iter(board.tasks.values())) == needed
    assert board.take() == needed


def test_behind_what_is_committed_nothing_is_needed():
    needed = TrainStep(name="train")
    craft = CraftStep(name="craft", after=(needed,))
    show = EvaluateStep(name="show", after=(craft,))
    board = Board([show], committed={craft.id})
    assert needed.id not in board.tasks
    assert board.take() == show


def test_the_longest_of_a_stage_goes_first():
    tasks = [train(1, 1000), train(10, 1000), train(10, 500)]
    board = Board(tasks)
    assert [board.take() for _ in tasks] == [tasks[1], tasks[2], tasks[0]]


def test_sizes_follow_the_work():
    small, large = train(2, 100), train(4, 1000, seed=1)
    assert size(large) == 20 * size(small)
    assert size(craft(small, steps=40)) == 40 * size(craft(small, steps=1))
    shown = Evaluate((craft(small, 1), craft(small, 2)), (small, large))
    assert size(shown) == 2 * 100 * 2


def test_a_failure_blocks_everything_behind_it_and_nothing_else():
    trains = [TrainStep(name="bad"), TrainStep(name="good")]
    crafts = [CraftStep(name=f"on {train.name}", after=(train,)) for train in trains]
    shown = [EvaluateStep(name=f"show {one.name}", after=(one, trains[1])) for one in crafts]
    board = Board([*trains, *crafts, *shown])
    bad = board.take()
    assert {task.name for task in board.fail(bad)} == {"on bad", "show on bad"}
    while board.peek():
        board.finish(board.take())
    assert not board.is_open
    assert {task.name for task in board.in_state(State.DONE)} == {"good", "on good", "show on good"}


def test_counts_agree_with_the_states():
    board = Board(study(3))
    board.finish(board.take())
    board.take()
    board.fail(board.take())
    for state in State:
        assert board.total(state) == len(board.in_state(state))
