// Shows the turns of a conversation. Whatever was said, and by whom, is only ever assigned to textContent.

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const list = parentElement.querySelector(".turns");
  const note = parentElement.querySelector(".note");
  note.textContent = data.note || "";
  note.hidden = !data.note;
  list.style.maxHeight = data.height ? `${data.height}px` : "none";

  const state = (list.viewerState ??= { shown: [], conversation: null, focus: null });
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const isNew = state.conversation !== data.conversation;
  if (isNew) {
    list.replaceChildren();
    state.shown = [];
    state.conversation = data.conversation;
  }
  const pick = (number) => setTriggerValue("picked", number);
  const wanted = data.writing ? [...data.turns, data.writing] : data.turns;
  wanted.forEach((turn, place) => {
    const before = state.shown[place];
    if (before && isSame(before, turn)) return;
    const there = list.children[place];
    if (there && before && before.is_writing && turn.is_writing && before.speaker === turn.speaker) {
      there.querySelector(".text").textContent = turn.text; // the text grows in place: nothing flickers
    } else if (there) {
      there.replaceWith(draw(turn, pick));
    } else {
      list.append(draw(turn, pick));
    }
    state.shown[place] = turn;
  });
  while (list.children.length > wanted.length) list.lastChild.remove();
  state.shown.length = wanted.length;

  const focus = data.focus ? `${data.conversation}/${data.focus}` : "";
  if (focus && state.focus !== focus) {
    const there = list.querySelector(`[data-turn="${Number(data.focus)}"]`);
    if (there) requestAnimationFrame(() => bring(list, there));
  } else if (data.follow && (atEnd || isNew)) {
    list.scrollTop = list.scrollHeight;
  }
  state.focus = focus;
}

// The list alone is scrolled, never the page.
function bring(list, item) {
  list.scrollTop += item.getBoundingClientRect().top - list.getBoundingClientRect().top - 8;
}

function isSame(one, other) {
  return Object.keys(other).every((name) => {
    const [left, right] = [one[name], other[name]];
    return left === right || (typeof right === "object" && JSON.stringify(left) === JSON.stringify(right));
  });
}

function draw(turn, pick) {
  const item = element("article", `turn side-${turn.side % 6}`);
  item.classList.toggle("picked", Boolean(turn.is_picked));
  item.classList.toggle("writing", Boolean(turn.is_writing));
  item.dataset.turn = turn.turn;
  const head = element("header", "head");
  if (turn.is_writing) head.append(element("span", "number", `${turn.turn}`));
  else head.append(numberOf(turn, pick));
  head.append(element("span", "speaker", turn.speaker));
  if (turn.model) head.append(element("span", "model", turn.model));
  for (const badge of turn.badges) head.append(element("span", "badge", badge));
  if (turn.meta) head.append(element("span", "meta", turn.meta));
  item.append(head, textOf(turn));
  return item;
}

function numberOf(turn, pick) {
  const number = element("button", "number", `${turn.turn}`);
  number.type = "button";
  number.title = `Open turn ${turn.turn}`;
  number.setAttribute("aria-label", number.title);
  number.addEventListener("click", () => pick(turn.turn));
  return number;
}

function textOf(turn) {
  const text = element("div", "text");
  if (turn.pieces) {
    for (const [piece, isMarked] of turn.pieces) text.append(element(isMarked ? "mark" : "span", "", piece));
  } else if (turn.text === null) {
    text.classList.add("none");
    text.textContent = "(no text)";
  } else {
    text.textContent = turn.text;
  }
  return text;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
