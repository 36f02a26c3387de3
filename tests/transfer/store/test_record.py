import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfer.errors import DamagedResults, TransferError
from transfer.identity import canonical, digest
from transfer.store.record import _digest_of_plain, sealed, unsealed
from transfer.store.upkeep import verify

ANOTHER = "0" * 32

# Without subnormal numbers: a process in which another test has had torch flush them to zero has none.
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
).filter(lambda value: _is_text(value))


def _is_text(value):
    try:
        canonical(value).encode()
    except UnicodeEncodeError:
        return False
    return True


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text(), JSON).filter(_is_text))
def test_what_is_sealed_is_read_back_with_the_digest_it_had(document):
    read = unsealed(sealed(document))
    assert canonical(read) == canonical(document)
    assert _digest_of_plain(read) == digest(document)


def test_a_flipped_bit_in_any_byte_and_every_truncation_of_a_record_is_damage(store, task, offer):
    offer(store, task)
    path = store.location / f"records/train/{task.id}.json"
    whole = path.read_bytes()
    draws = random.Random(0)
    damaged = [_flipped(whole, 8 * place + draws.randrange(8)) for place in range(len(whole))]
    damaged += [whole[:length] for length in range(len(whole))] + [whole + b"\n", whole + whole]
    for text in damaged:
        with pytest.raises(ValueError, match="checksum mismatch"):
            unsealed(text)
    for text in draws.sample(damaged, 40):
        path.write_bytes(text)
        with pytest.raises(DamagedResults, match=rf"error\[R077\].*{task.id}.json: checksum mismatch\. `transfer rep"):
            store.record("train", task.id)
    path.write_bytes(whole)
    assert store.record("train", task.id)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda document: document["spec"].update(seed=9), "not the digest of its spec"),
        (lambda document: document.update(task="0" * 32), "it is the record of train 0000"),
        (lambda document: document.update(stage="craft"), "it is the record of craft"),
        (lambda document: document.pop("attempt"), "not a whole record"),
        (lambda document: document.update(objects=7), "not a whole record"),
        (lambda document: document.update(seconds="soon"), "could not convert"),
        (lambda document: document["objects"][0].update(key="../../etc/passwd"), "no object of this task"),
        (lambda document: document["objects"][0].update(key="/etc/passwd"), "no object of this task"),
        (lambda document: document["objects"][0].update(key="objects/../studies/0001.json"), "no object of"),
        (lambda document: document["objects"][0].update(key=f"objects/{ANOTHER}-{ANOTHER}.parquet"), "no object of"),
        (lambda document: document["objects"][0].update(key=7), "not a whole record"),
    ],
)
def test_a_record_with_a_right_checksum_and_a_wrong_content_is_damage(store, task, offer, change, complaint):
    document = offer(store, task).document()
    document["spec"] = dict(document["spec"])
    change(document)
    (store.location / f"records/train/{task.id}.json").write_bytes(sealed(document))
    with pytest.raises(DamagedResults, match=rf"error\[R077\].*{complaint}"):
        store.records()


def test_a_record_of_another_version_is_no_damage_and_is_left_to_that_version(store, task, offer):
    document = offer(store, task).document() | {"version": 99}
    path = store.location / f"records/train/{task.id}.json"
    path.write_bytes(sealed(document))
    for look in (store.records, lambda: verify(store)):
        with pytest.raises(TransferError, match=r"error\[R080\]: task .* was recorded in form 99.* reads 1\. ") as told:
            look()
        assert told.value.exit_code == 2
    assert unsealed(path.read_bytes()) == document


def test_a_record_moved_to_another_tasks_name_is_damage(store, tasks, offer):
    first, second, *_ = tasks
    offer(store, first)
    (store.location / f"records/train/{first.id}.json").rename(store.location / f"records/train/{second.id}.json")
    with pytest.raises(DamagedResults, match="R077"):
        store.record("train", second.id)


def test_the_order_of_objects_is_no_part_of_a_record(store, task, offer):
    record = offer(store, task)
    turned = replace(record, objects=dict(reversed(record.objects.items())))
    assert sealed(turned.document()) == sealed(record.document())


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
