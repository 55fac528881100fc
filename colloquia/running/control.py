"""Whether a run may go on, and why it may not."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Control:
    """The one place where a run is told to stop; conversations look at it before each turn."""

    reason: str | None = None
    """Why no new turn is asked for: ``interrupted``, ``budget``, ``stopped`` ...; None while the run goes on."""
    message: str = ""
    """The same for a person."""
    stopped_models: dict[str, str] = field(default_factory=dict)
    """Models that no call can reach, by slug, with the reason; the others go on."""

    @property
    def is_running(self) -> bool:
        """True while new turns may be asked for."""
        return self.reason is None

    def stop(self, reason: str, message: str = "") -> None:
        """Ask for no new turn from now on; the first reason stands."""
        if self.reason is None:
            self.reason, self.message = reason, message

    def stop_model(self, slug: str, message: str) -> None:
        """Leave the conversations of one model where they are; the first reason stands."""
        self.stopped_models.setdefault(slug, message)
