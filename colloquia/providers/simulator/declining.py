"""Why a request gets no reply, as the error that its server answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class Declined:
    """One error as a server words it."""

    status: int
    message: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """OpenRouter's own; other servers have none."""
    availability: Mapping[str, Any] = field(default_factory=dict)
    """OpenRouter's typed word on whether and where the model can be had."""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "invalid_request_error"
    """The ``type`` that other servers write."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the error at other servers."""


class DeclinedError(Exception):
    """The request gets no reply."""

    def __init__(self, declined: Declined) -> None:
        super().__init__(declined.message)
        self.declined = declined


def decline(status: int, message: str, **known: Any) -> DeclinedError:  # noqa: ANN401 (fields of an error)
    """Return the error to raise."""
    return DeclinedError(Declined(status=status, message=message, **known))
