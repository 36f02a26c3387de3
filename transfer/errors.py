"""Problems that are told to a person in one line: `error[S009]: study.yaml:4:10: unknown key 'modles'. ...`."""

from typing import ClassVar


class TransferError(Exception):
    """A problem with a code, a text that says what was asked, what is known and what to do, and an exit code."""

    exit_code: ClassVar[int] = 2

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return f"error[{self.code}]: {self.text}"


class EnvironmentProblem(TransferError):
    """The machine, the storage or the cluster is not as it must be."""

    exit_code: ClassVar[int] = 4


class DamagedResults(TransferError):
    """What was committed is not what is read now."""

    exit_code: ClassVar[int] = 5
