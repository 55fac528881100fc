// Shows the turns of a conversation. Whatever was said, and by whom, is only ever assigned to textContent.

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const list = parentElement.querySelector(".turns");
  const note = parentElement.querySelector(".note");
  note.textContent = data.note || "";
  note.hidden = !data.note;
  list.style.maxHeight = data.height ? `${data.height}px` : "none";

  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const before = list.dataset.conversation === data.conversation ? list.children.length : 0;
  if (!before) {
    list.replaceChildren();
    list.dataset.conversation = data.conversation;
  }
  data.turns.forEach((turn, place) => {
    const shown = list.children[place];
    const mark = JSON.stringify(turn);
    if (shown && shown.dataset.mark === mark) return;
    const drawn = draw(turn, mark, (number) => setTriggerValue("picked", number));
    if (shown) shown.replaceWith(drawn);
    else list.append(drawn);
  });
  while (list.children.length > data.turns.length) list.lastChild.remove();

  const key = `${data.conversation}/${data.focus}`;
  if (data.focus && list.dataset.focus !== key) {
    const wanted = list.querySelector(`[data-turn="${Number(data.focus)}"]`);
    if (wanted) wanted.scrollIntoView({ block: "nearest" });
  } else if (data.follow && (atEnd || !before)) {
    list.scrollTop = list.scrollHeight;
  }
  list.dataset.focus = data.focus ? key : "";
}

function draw(turn, mark, pick) {
  const item = element("article", `turn side-${turn.side % 6}${turn.is_picked ? " picked" : ""}`);
  item.dataset.turn = turn.turn;
  item.dataset.mark = mark;
  const head = element("header", "head");
  const number = element("button", "number", `${turn.turn}`);
  number.type = "button";
  number.title = `Turn ${turn.turn}: what this speaker saw, labels, link`;
  number.addEventListener("click", () => pick(turn.turn));
  head.append(number, element("span", "speaker", turn.speaker));
  if (turn.model) head.append(element("span", "model", turn.model));
  for (const badge of turn.badges) head.append(element("span", "badge", badge));
  if (turn.meta) head.append(element("span", "meta", turn.meta));
  const text = element("div", "text");
  if (turn.pieces) {
    for (const [piece, isChanged] of turn.pieces) text.append(element(isChanged ? "mark" : "span", "", piece));
  } else if (turn.text === null) {
    text.classList.add("none");
    text.textContent = "(no text)";
  } else {
    text.textContent = turn.text;
  }
  item.append(head, text);
  return item;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
