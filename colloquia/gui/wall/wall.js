// Shows conversations as tiles. Names and messages are only ever assigned to textContent.

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const wall = parentElement.querySelector(".wall");
  wall.style.maxHeight = `${data.height}px`;
  const known = new Map([...wall.children].map((tile) => [tile.dataset.id, tile]));
  data.tiles.forEach((given, place) => {
    const tile = known.get(given.id) ?? made(given.id, (id) => setTriggerValue("picked", id));
    known.delete(given.id);
    if (wall.children[place] !== tile) wall.insertBefore(tile, wall.children[place] ?? null);
    fill(tile, given);
  });
  for (const tile of known.values()) tile.remove();
  if (data.brings !== wall.brought) {
    wall.brought = data.brings;
    bring(wall, data.brings, 3);
  }
}

// Once for each conversation that the reader chose; the wall alone is scrolled, never the page. Tiles out of sight are
// as high as is guessed until they are drawn, so that it takes a few frames.
function bring(wall, id, frames) {
  requestAnimationFrame(() => {
    const tile = [...wall.children].find((each) => each.dataset.id === id);
    if (!tile || !frames) return;
    const [inner, outer] = [tile.getBoundingClientRect(), wall.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) wall.scrollTop += inner.top - outer.top;
    bring(wall, id, frames - 1);
  });
}

function made(id, pick) {
  const tile = document.createElement("button");
  tile.type = "button";
  tile.dataset.id = id;
  tile.setAttribute("role", "option");
  for (const name of ["name", "turns", "who", "bar", "state"]) {
    const part = document.createElement("span");
    part.className = name;
    tile.append(part);
  }
  tile.querySelector(".bar").append(document.createElement("i"));
  tile.addEventListener("click", () => pick(id));
  return tile;
}

function fill(tile, given) {
  const className = `tile ${given.doing}${given.isChosen ? " chosen" : ""}`;
  if (tile.className !== className) tile.className = className;
  tile.setAttribute("aria-selected", String(given.isChosen));
  write(tile.querySelector(".name"), given.name);
  write(tile.querySelector(".who"), given.who);
  write(tile.querySelector(".turns"), given.turns);
  write(tile.querySelector(".state"), `${given.icon} ${given.word}`);
  tile.querySelector(".bar i").style.width = `${Math.round(given.share * 100)}%`;
  if (tile.title !== given.hint) tile.title = given.hint;
}

function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
