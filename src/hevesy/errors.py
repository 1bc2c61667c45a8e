"""What Hevesy refuses, and why: everything it raises itself is one of these few kinds, with a whole sentence."""

from __future__ import annotations

import re
from typing import Any


class HevesyError(Exception):
    """Hevesy's own refusal: its text is a sentence that a shell prints. Anything else that is raised is a defect."""


class RuleError(HevesyError, ValueError):
    """A value breaks a rule; the field and the value, where they are known, stand beside the sentence."""

    def __init__(self, rule: str, *, field: str | None = None, value: object = None) -> None:
        super().__init__(rule)
        self.field, self.value = field, value


class CannotAnswerError(HevesyError, ValueError):
    """The question cannot be answered from what there is; the text is the reason, `document` what --json prints."""

    def __init__(self, reason: str, document: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.document = document


LONGEST_SENTENCE = 900
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class DeliveryError(HevesyError, ValueError):
    """A file is not what it should be; the sentence names file, place, value and rule, `line` the line.

    One sentence that can be printed: of a value that would fill a screen the middle is left out.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        kept = message if len(message) <= LONGEST_SENTENCE else f"{message[:500]} ... {message[-300:]}"
        super().__init__(_CONTROL.sub(" ", kept).encode(errors="backslashreplace").decode())
        self.line = line
