// The page at `/sessions`: the FIX sessions and their latest frames, asked for once a second with the operator's token.
// The token stays in this tab; the filter stands in the address, so that it can be kept and sent to somebody.

const POLL_MILLISECONDS = 1000;
const ANSWER_MILLISECONDS = 3000; // an exchange that does not answer in this time counts as gone
const FRAMES_SHOWN_MAX = 500; // more than anybody scrolls through; older ones are taken off
const NOTHING = "—";
const KEY = "fixpit-operator-token";
const ARROWS = { in: "→", out: "←", note: "!" };

const find = (id) => document.getElementById(id);
const rows = document.querySelector("#sessions tbody");
const frames = find("frames");

let cursor = "0";
let lastAnswer = 0;
let round = 0; // answers to a filter that has changed since are not shown

class NotAllowed extends Error {}

async function get(path) {
  const answer = await fetch(path, {
    headers: { authorization: `Bearer ${sessionStorage.getItem(KEY)}` },
    signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
    cache: "no-store",
  });
  if (answer.status === 401) throw new NotAllowed();
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

async function poll() {
  if (!sessionStorage.getItem(KEY)) return askForKey("");
  try {
    const { sessions } = await get("admin/sessions");
    find("key").hidden = true;
    find("shown").hidden = false;
    drawSessions(sessions);
    if (!find("pause").checked) await pollFrames();
    lastAnswer = Date.now();
    showState("live", ` · ${sessions.filter((one) => one.state === "active").length} of ${sessions.length} logged on`);
  } catch (error) {
    if (error instanceof NotAllowed) {
      sessionStorage.removeItem(KEY);
      return askForKey("That is not the token of this run.");
    }
    console.warn(error);
    const seconds = Math.round((Date.now() - lastAnswer) / 1000);
    showState("stale", lastAnswer ? ` · no answer for ${seconds} s` : ` · ${error.message}`);
  }
}

async function pollFrames() {
  const asked = round;
  const query = new URLSearchParams(location.hash.slice(1));
  query.set("after", cursor);
  const answer = await get(`admin/frames?${query}`);
  if (asked !== round) return;
  for (const frame of answer.frames) frames.prepend(drawnFrame(frame));
  while (frames.childElementCount > FRAMES_SHOWN_MAX) frames.lastElementChild.remove();
  cursor = answer.frames.at(-1)?.cursor ?? cursor;
  find("nothing").hidden = frames.childElementCount > 0;
}

function askForKey(note) {
  find("shown").hidden = true;
  if (find("key").hidden || note) {
    find("key").hidden = false;
    find("key-fault").textContent = note;
    find("token").value = "";
    find("token").focus();
  }
  showState("token needed", "");
}

// The word alone is announced by screen readers, and only when it changes; the number beside it runs on.
function showState(word, number) {
  document.body.classList.toggle("is-stale", word !== "live" && word !== "token needed");
  if (find("state").textContent !== word) find("state").textContent = word;
  find("detail").textContent = number;
}

function drawSessions(sessions) {
  const chosen = filter().session;
  rows.replaceChildren(
    ...sessions.map((one) => {
      const row = document.createElement("tr");
      row.ariaCurrent = one.comp_id === chosen ? "true" : "false";
      const name = document.createElement("th");
      name.scope = "row";
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = one.comp_id;
      button.addEventListener("click", () => choose(one.comp_id === chosen ? "" : one.comp_id, ""));
      name.append(button);
      row.append(name);
      cell(row, stateOf(one), one.state === "active" ? "bid" : "faint");
      cell(row, one.peer || NOTHING);
      for (const field of ["next_in", "next_out", "received_per_second", "sent_per_second"]) cell(row, one[field], "number");
      cell(row, one.queued_bytes, "number wide");
      cell(row, one.open_orders, "number wide");
      cell(row, one.last_received ? one.last_received.slice(11, 19) : NOTHING, "wide");
      cell(row, one.last_disconnect || NOTHING, "wide said");
      return row;
    }),
  );
}

function stateOf(one) {
  const also = [];
  if (!one.is_enabled) also.push("disabled");
  if (one.is_resending) also.push("resending");
  if (one.is_test_request_pending) also.push("asked");
  return [`${one.state === "active" ? "●" : "○"} ${one.state}`, ...also].join(", ");
}

function cell(row, text, kind = "") {
  const made = row.insertCell();
  made.textContent = text;
  made.className = kind;
}

function drawnFrame(frame) {
  const item = document.createElement("li");
  const value = (tag) => frame.fields.find(([found]) => found === tag);
  const head = `${frame.at.slice(11, 26)} ${frame.session || frame.peer || "?"} ${ARROWS[frame.direction]}`;
  if (frame.direction === "note") {
    item.className = "faint";
    item.textContent = `${head} ${frame.note} ${frame.text}`;
    return item;
  }
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const name = document.createElement("strong");
  name.textContent = value("35")?.[3] || `MsgType ${value("35")?.[2] ?? NOTHING}`;
  name.className = frame.direction === "in" ? "" : "sent";
  const said = ["11", "41", "55", "54", "38", "44", "150", "39", "58"].map(value).filter(Boolean);
  const rest = said.map(([, label, plain, meaning]) => `${label} ${meaning || plain}`).join(" · ");
  summary.append(`${head} ${value("34")?.[2] ?? ""} `, name, ` ${rest}`);
  details.append(summary);
  details.addEventListener("toggle", () => details.open && details.childElementCount === 1 && details.append(...decoded(frame)));
  item.append(details);
  return item;
}

function decoded(frame) {
  const table = document.createElement("table");
  for (const [tag, name, plain, meaning] of frame.fields) {
    const row = table.insertRow();
    cell(row, tag, "number faint");
    cell(row, name || "?");
    cell(row, plain, "said");
    cell(row, meaning, "faint");
    if ((tag === "11" || tag === "41") && plain) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "whole order";
      button.addEventListener("click", () => choose(frame.session, plain));
      row.cells[3].append(button);
    }
  }
  const raw = document.createElement("code");
  raw.textContent = frame.text;
  return [table, raw];
}

function filter() {
  const query = new URLSearchParams(location.hash.slice(1));
  return { session: query.get("session") ?? "", clOrdId: query.get("cl_ord_id") ?? "" };
}

function choose(session, clOrdId) {
  const query = new URLSearchParams();
  if (session) query.set("session", session);
  if (clOrdId) query.set("cl_ord_id", clOrdId);
  history.replaceState(null, "", `#${query}`);
  beginAnew();
}

function beginAnew() {
  round += 1;
  cursor = "0";
  find("session").value = filter().session;
  find("cl-ord-id").value = filter().clOrdId;
  frames.replaceChildren();
  poll();
}

find("key").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, find("token").value.trim());
  find("key").hidden = true;
  poll();
});
find("filter").addEventListener("submit", (event) => event.preventDefault());
find("filter").addEventListener("change", (event) => {
  if (event.target !== find("pause")) choose(find("session").value.trim(), find("cl-ord-id").value.trim());
});
window.addEventListener("hashchange", beginAnew);

beginAnew();
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  if (!document.hidden) await poll();
}
