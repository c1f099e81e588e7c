"""The one error that reading an input file gives. What follows from it is decided elsewhere."""


class InputError(Exception):
    """An input file that cannot be used. The message names file, line and field, and what must be.

    It repeats nothing that could not be read: a file of another kind, put in the wrong folder, may
    hold persons, and the message ends in histories and logs.

    Attributes:
        code: One CamelCase word for status and metrics: `FileMissing`, `InvalidCashReport`,
            `InvalidLedger` or `InputChanged`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
