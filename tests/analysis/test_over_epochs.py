"""Training time in SQL: rows written out, answers counted by hand."""

from tests.analysis.made import craft, model, prediction, tables


def point(name, epoch, order, trained_as):
    return model(name, order, trained_as=trained_as, epoch=epoch)


EARLY, LATE = point("mlp epoch 1", 1, 0, "mlp"), point("mlp", 9, 1, "mlp")
OTHER_EARLY, OTHER = point("lenet epoch 2", 2, 2, "lenet"), point("lenet", 9, 3, "lenet")
ALONE = point("linear", 4, 4, "linear")
ELSEWHERE = model("own", 5)
MODELS = [EARLY, LATE, OTHER_EARLY, OTHER, ALONE, ELSEWHERE]


def asked(sql, **rows):
    found = tables(models=MODELS, **rows).execute(sql)
    return [dict(zip([column[0] for column in found.description], row, strict=True)) for row in found.fetchall()]


def test_examples_of_every_epoch_are_counted_on_the_ends_of_other_trainings_and_the_other_way():
    crafts = [craft(one, order=order) for order, one in enumerate(MODELS)]
    fooled = {  # surrogate, target: answers to two images, of which those that are not 0 are wrong
        ("mlp epoch 1", "lenet"): (1, 0),
        ("mlp epoch 1", "linear"): (1, 1),
        ("mlp", "lenet"): (0, 0),
        ("lenet", "mlp epoch 1"): (1, 1),
        ("lenet", "mlp"): (0, 1),
        ("linear", "mlp"): (1, 1),
        ("mlp epoch 1", "mlp"): (1, 1),  # one training
        ("mlp", "mlp epoch 1"): (1, 1),
        ("mlp", "lenet epoch 2"): (1, 1),  # no end of a training: counts for lenet as a target alone
        ("own", "mlp"): (1, 1),  # trained elsewhere
    }
    named = {one["name"]: one for one in MODELS}
    made = {one["surrogate"]: one for one in crafts}
    predictions = [
        prediction(made[surrogate], named[target], image, 0, answer)
        for (surrogate, target), answers in fooled.items()
        for image, answer in enumerate(answers)
    ]
    rows = asked("from rate_over_epochs", crafts=crafts, predictions=predictions)
    found = {(row["training"], row["side"], row["epoch"]): (row["squares"], row["n"], row["fooled"]) for row in rows}
    assert found == {
        ("mlp", "surrogate", 1): (2, 4, 3),
        ("mlp", "surrogate", 9): (1, 2, 0),
        ("mlp", "target", 1): (1, 2, 2),
        ("mlp", "target", 9): (2, 4, 3),
        ("lenet", "surrogate", 9): (1, 2, 1),
        ("lenet", "target", 2): (1, 2, 2),
        ("lenet", "target", 9): (1, 2, 0),
    }
    assert [row["epoch"] for row in rows if row["training"] == "mlp"] == [1, 9, 1, 9]
    assert rows[0]["rate"] == 0.75 and rows[0]["mean_rate"] == 0.75


def test_accuracy_and_loss_are_told_by_training_and_epoch():
    trained = [
        {"model": one["model"], "epoch": epoch, "part": "test", "images": 10, "right": right, "loss": loss}
        for one, epoch, right, loss in ((EARLY, 1, 3, 20.0), (LATE, 9, 8, 5.0), (ELSEWHERE, 0, 9, 1.0))
    ]
    rows = asked("from accuracy_over_epochs", trained=trained)
    assert [(row["training"], row["epoch"], row["right"], row["rate"], row["loss"]) for row in rows] == [
        ("mlp", 1, 3, 0.3, 2.0),
        ("mlp", 9, 8, 0.8, 0.5),
    ]
