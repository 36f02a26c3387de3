"""A study written into an empty folder, beside a module of one's own."""

import textwrap

import pytest

from tests.transfer.study.own import MY_CODE
from transfer.errors import TransferError
from transfer.study import StudyError, read


@pytest.fixture
def study(tmp_path):
    (tmp_path / "my_code.py").write_text(MY_CODE)

    def of(text, **more):
        path = tmp_path / "study.yaml"
        path.write_text(textwrap.dedent(text))
        return read(path, **more)

    return of


@pytest.fixture
def told(study, tmp_path):
    """The lines of a study's error, without the folder that it lies in."""

    def lines(text, **more):
        with pytest.raises(StudyError) as problem:
            study(text, **more)
        assert problem.value.exit_code == 2
        assert isinstance(problem.value, TransferError)
        return str(problem.value).replace(f"{tmp_path}/", "").splitlines()

    return lines
