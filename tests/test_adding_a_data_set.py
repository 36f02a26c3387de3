"""What docs/adding.md says of a data set is enough: its file in its folder is one, without the file there is none."""

import json

import pytest

import analysis
from tests.adding import added_and_removed, block, file_of

CODE, STUDY = block("A data set", "python"), block("A data set", "yaml")
FILE = file_of("datasets")


@pytest.mark.long
def test_one_file_in_the_folder_is_a_data_set_and_without_it_there_is_none(tmp_path):
    ran = added_and_removed(tmp_path, "datasets", FILE, CODE, STUDY)
    assert (
        "coarse_digits\tThe digits of MNIST, each pixel the average of a block: 14x14, 7x7 or 4x4 of them.\t"
        in ran.stdout
    )
    assert "mine.yaml:2:14: data.name: unknown data set 'coarse_digits'." in ran.stderr
    connection = analysis.open(tmp_path / "results/mine")
    assert connection.execute("select min(label), max(label), count(distinct label) from crafted").fetchone() == (
        0,
        1,
        2,
    )
    data = json.loads(connection.execute("select data from study").fetchone()[0])
    assert (data["dataset"], data["classes"], data["images"]["test"]) == ("coarse_digits", 2, 1010 + 1028)
