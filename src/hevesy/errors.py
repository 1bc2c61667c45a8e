"""What Hevesy refuses, and why: everything it raises itself is one of these few kinds, with a whole sentence.

Where a sentence names a field of a question or a question, it stands between white brackets, as in "a correction needs
⟦reason⟧" or "create one with ⟦study init⟧": each face puts its own word there.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable
from typing import Any

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Signs that end a line or steer a screen."""

_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = 80
_brief.maxlist = _brief.maxtuple = _brief.maxdict = 12
_brief.maxlevel = 4


def shown(value: object) -> str:
    r"""A value for a message: as Python writes it, shortened where it is long or deep.

    >>> shown("a\n"), len(shown("x" * 1000)), shown([[[[[1]]]]])
    ("'a\\n'", 80, '[[[[...]]]]')
    """
    return _brief.repr(value)


_NAMED = re.compile(r"⟦([a-z][a-z0-9_]*(?: [a-z][a-z0-9-]*)?)⟧")


def in_words(sentence: str, word: Callable[[str], str]) -> str:
    """A sentence with a face's word in place of each ⟦field⟧ and ⟦question⟧.

    >>> in_words("a correction needs ⟦reason⟧", str.upper)
    'a correction needs REASON'
    """
    return _NAMED.sub(lambda found: word(found[1]), sentence)


class HevesyError(Exception):
    """Hevesy's own refusal: its text is a sentence that a shell prints. Anything else that is raised is a defect."""

    def __str__(self) -> str:
        """The sentence, fields and questions by their names."""
        return self.told(lambda name: name)

    def told(self, word: Callable[[str], str]) -> str:
        """The sentence with a face's own words for fields and questions."""
        return in_words(super().__str__(), word)


class RuleError(HevesyError, ValueError):
    """A value breaks a rule; the field and the value, where they are known, stand beside the sentence.

    `together`: every rule that was broken at once, this one among them.
    """

    def __init__(self, rule: str, *, field: str | None = None, value: object = None) -> None:
        super().__init__(rule)
        self.rule, self.field, self.value = rule, field, value
        self.together: tuple[RuleError, ...] = (self,)


class FieldError(RuleError):
    """A field breaks a rule that is said without it: who reads a file puts the field's place there before the rule.

    >>> print(FieldError("window_d", "must be 1 or more, got -5", -5))
    window_d must be 1 or more, got -5
    """

    def __init__(self, field: str, rule: str, value: object = None) -> None:
        super().__init__(f"{field}{'' if _SAID_OF_IT.match(rule) else ':'} {rule}", field=field, value=value)
        self.rule = rule


_SAID_OF_IT = re.compile(r"(is|are|must|lies|needs|stand)\b")
"""How a rule begins that goes on from the name of its field."""


class QuestionError(RuleError):
    """A question is asked wrongly: the rule, and the fields that it is about."""

    def __init__(self, rule: str, *fields: str) -> None:
        super().__init__(rule, field=fields[0] if fields else None)
        self.fields = fields


class CannotAnswerError(HevesyError, ValueError):
    """The question cannot be answered from what there is; the text is the reason, `document` the answer's data."""

    def __init__(self, reason: str, document: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self._document = document

    @property
    def document(self) -> dict[str, Any] | None:
        """The answer's data, fields and questions by their names."""
        return self.document_told(lambda name: name)

    def document_told(self, word: Callable[[str], str]) -> dict[str, Any] | None:
        """The answer's data with a face's own words for fields and questions in its sentences."""
        return None if self._document is None else _sentences_told(self._document, word)


_SENTENCES = ("rule", "message")
"""The keys of a document under which a sentence of ours may name a field; what was delivered is left as it is."""


def _sentences_told(told: Any, word: Callable[[str], str], key: str = "") -> Any:
    match told:
        case str() if key in _SENTENCES:
            return in_words(told, word)
        case dict():
            return {name: _sentences_told(part, word, name) for name, part in told.items()}
        case list() | tuple():
            return [_sentences_told(part, word, key) for part in told]
        case _:
            return told


LONGEST_SENTENCE = 900


class DeliveryError(HevesyError, ValueError):
    """A file is not what it should be; the sentence names file, place, value and rule, `line` the line.

    One sentence that can be printed: of a value that would fill a screen the middle is left out.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        kept = message if len(message) <= LONGEST_SENTENCE else f"{message[:500]} ... {message[-300:]}"
        super().__init__(CONTROL.sub(" ", kept).encode(errors="backslashreplace").decode())
        self.line = line
