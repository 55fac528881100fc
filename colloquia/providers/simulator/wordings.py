"""How servers word their errors: the answers that faults by status are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.declining import Declined
from colloquia.providers.simulator.script import SIGNED_FIELD, Answer
from colloquia.providers.simulator.shapes import complaint

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.providers.simulator.fault import Scene

UPSTREAM = "Provider returned error"
"""OpenRouter's message for whatever a provider complains of."""


def said(status: int, message: str, **known: Any) -> Callable[[Scene], Answer]:  # noqa: ANN401 (fields of an error)
    """Return the error of that status and message, as the server's shape writes it."""
    declined = Declined(status=status, message=message, **known)
    return lambda scene: complaint(scene.shape, declined)


def sent(status: int, body: object, **headers: str) -> Callable[[Scene], Answer]:
    """Return an answer as it is written, in any shape."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _scene: Answer(status=status, body=body, headers=named)


def error(status: int, error: object) -> Callable[[Scene], Answer]:
    """Return an answer whose ``error`` is as written, in any shape."""
    return sent(status, {"error": error, **SIGNED_FIELD})


def availability(code: str, *, retryable: bool, status: int) -> Callable[[Scene], Answer]:
    """Return an error with OpenRouter's typed word on whether the model can be had."""
    return lambda scene: complaint(
        scene.shape,
        Declined(
            status=status,
            message=f"Simulated: {code.replace('_', ' ')}.",
            availability={"code": code, "retryable": retryable, "requested_models": [scene.model]},
        ),
    )


def upstream(status: int, **metadata: Any) -> Callable[[Scene], Answer]:  # noqa: ANN401 (any JSON)
    """Return the error by which OpenRouter passes on what a provider complained of."""

    def answer(scene: Scene) -> Answer:
        told = {**metadata, "provider_name": scene.provider, "is_byok": False}
        return complaint(scene.shape, Declined(status=status, message=UPSTREAM, metadata=told))

    return answer
