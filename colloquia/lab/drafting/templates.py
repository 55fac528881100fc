"""Studies to begin with: the published experiments under ``examples``, and a plain page of one's own."""

from __future__ import annotations

import ast
import shutil
from dataclasses import dataclass
from pathlib import Path

import colloquia
from colloquia.errors import DesignError, FolderError, nearest

PLAIN = "plain"
_PAGE = """title      = "What this study asks"
num_turns  = 6        # utterances, both seats together
iterations = 2        # conversations for each ordered pair of models in each scenario
run_dir    = "runs/{name}"
# max_cost = 5        # dollars, for all that is ever spent in this folder

[models]
# gpt    = "openai/gpt-4.1-mini"
# claude = "anthropic/claude-haiku-4.5"
small    = "embedded:smollm2-135m"   # no key, on this machine; good for trying out, not for findings

[scenarios]
train = "You are chatting with someone you have just met on a train."

[scenarios.bicycle]
seller = "You sell a bicycle. You want 100."
buyer  = "You want the bicycle for 60."
"""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A study that can be copied."""

    name: str
    title: str
    """Its first sentence."""
    source: Path | None
    """A file, or a folder with all that belongs to it; None for the plain page."""


def templates() -> dict[str, Template]:
    """Return the studies that there are, by name."""
    found = {
        PLAIN: Template(name=PLAIN, title="A page of your own, with the words that most studies use.", source=None)
    }
    for path in sorted(_home().iterdir()) if _home().is_dir() else ():
        study = path / "study.toml" if path.is_dir() else path
        if study.is_file() and study.suffix in {".toml", ".py"}:
            name = path.stem.replace("_", "-")
            found[name] = Template(name=name, title=_title(study), source=path)
    return found


def begin(name: str, folder: Path) -> Path:
    """Copy a study into a new folder, and return its page.

    Raises:
        DesignError: there is no such study.
        FolderError: the folder is there already, or cannot be made.
    """
    known = templates()
    if name not in known:
        raise DesignError(f"No study {name!r} to begin with.{nearest(name, known)} There are: {', '.join(known)}.")
    source = known[name].source
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if source is not None and source.is_dir():
            shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
            return folder / "study.toml"
        folder.mkdir()
        page = folder / (source.name if source and source.suffix == ".py" else "study.toml")
        page.write_text(source.read_text("utf-8") if source else _PAGE.format(name=folder.name), "utf-8")
    except FileExistsError:
        raise FolderError(f"{folder} is there already: name another folder with --out.") from None
    except OSError as error:
        raise FolderError(f"{folder} cannot be made ({error.strerror}).") from error
    return page


def _home() -> Path:
    """Return where the examples lie: in the package as it is installed, or beside it in the repository."""
    package = Path(colloquia.__file__).parent
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent / "examples"


def _title(study: Path) -> str:
    text = study.read_text("utf-8")
    if study.suffix == ".py":
        text = ast.get_docstring(ast.parse(text)) or ""
    return text.lstrip("# ").partition("\n")[0].rstrip(".:")
