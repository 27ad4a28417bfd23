// The page at `/`: asks for books once a second and draws them. It keeps nothing but the chosen symbol, in the address.

const POLL_MILLISECONDS = 1000;
const ANSWER_MILLISECONDS = 3000; // an exchange that does not answer in this time counts as gone
const LEVELS = 10;
const NOTHING = "—";

const state = document.getElementById("state");
const detail = document.getElementById("detail");
const market = document.querySelector("#market tbody");
const ladder = document.querySelector("#ladder tbody");
const facts = document.getElementById("facts");
const title = document.getElementById("ladder-title");
const whole = new Intl.NumberFormat("en-US");

let instruments = new Map();
let lastAnswer = 0;

async function get(path) {
  const answer = await fetch(path, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS), cache: "no-store" });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

function chosen() {
  const symbol = decodeURIComponent(location.hash.slice(1));
  return instruments.has(symbol) ? symbol : instruments.keys().next().value;
}

async function poll() {
  try {
    const { books } = await get("market-data/books?levels=1");
    if (books.some((book) => !instruments.has(book.symbol))) await learnInstruments();
    document.getElementById("empty").hidden = books.length > 0;
    drawMarket(books);
    const symbol = chosen();
    if (symbol !== undefined) drawBook(await get(`market-data/books/${encodeURIComponent(symbol)}?levels=${LEVELS}`));
    lastAnswer = Date.now();
    showState("live", ` · event ${whole.format(books[0]?.event ?? 0)}`);
  } catch (error) {
    console.warn(error);
    const seconds = Math.round((Date.now() - lastAnswer) / 1000);
    showState("stale", lastAnswer ? ` · no answer for ${seconds} s` : " · no answer yet");
  }
}

async function pollForEver() {
  for (;;) {
    if (!document.hidden) await poll();
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

async function learnInstruments() {
  const answer = await get("market-data/instruments");
  instruments = new Map(answer.instruments.map((one) => [one.symbol, one]));
}

// The word alone is announced by screen readers, and only when it changes; the number beside it runs on.
function showState(word, number) {
  document.body.classList.toggle("is-stale", word === "stale");
  if (state.textContent !== word) state.textContent = word;
  detail.textContent = number;
}

function drawMarket(books) {
  const symbol = chosen();
  books.forEach((book, at) => {
    const row = market.rows[at] ?? newMarketRow();
    const rules = instruments.get(book.symbol);
    const [bid, bidQuantity] = book.bids[0] ?? [];
    const [ask, askQuantity] = book.asks[0] ?? [];
    const change = changeOf(book, rules);
    row.dataset.symbol = book.symbol;
    row.ariaCurrent = book.symbol === symbol ? "true" : "false";
    row.cells[0].firstChild.textContent = book.symbol;
    fill(row.cells[1], price(book.last?.price, rules));
    fill(row.cells[2], change.text, change.side);
    fill(row.cells[3], quantity(bidQuantity));
    fill(row.cells[4], price(bid, rules), "bid");
    fill(row.cells[5], price(ask, rules), "ask");
    fill(row.cells[6], quantity(askQuantity));
    fill(row.cells[7], quantity(book.volume));
  });
  while (market.rows.length > books.length) market.deleteRow(-1);
}

function newMarketRow() {
  const row = market.insertRow();
  const symbol = document.createElement("th");
  symbol.scope = "row";
  const button = document.createElement("button");
  button.type = "button";
  symbol.append(button);
  row.append(symbol);
  for (let cell = 1; cell < 8; cell++) row.insertCell().className = [3, 6, 7].includes(cell) ? "number wide" : "number";
  row.addEventListener("click", () => choose(row.dataset.symbol));
  return row;
}

function choose(symbol) {
  history.replaceState(null, "", `#${encodeURIComponent(symbol)}`);
  poll();
}

function drawBook(book) {
  const rules = instruments.get(book.symbol);
  title.textContent = `${book.symbol} book`;
  const change = changeOf(book, rules);
  drawFacts([
    ["Last", book.last ? `${quantity(book.last.quantity)} @ ${price(book.last.price, rules)}` : "no trade yet"],
    ["Change", change.text],
    ["Trades", quantity(book.trades)],
    ["Volume", quantity(book.volume)],
    ["Reference", `${price(rules.reference_price, rules)} ${rules.currency}`],
    ["Tick · lot", `${rules.tick} · ${quantity(rules.lot)}`],
  ]);
  const most = Math.max(1, ...[...book.bids, ...book.asks].map(([, size]) => size));
  const asks = book.asks.map((level) => levelRow(level, "ask", most, rules)).reverse();
  const bids = book.bids.map((level) => levelRow(level, "bid", most, rules));
  ladder.replaceChildren(...asks, spreadRow(book, rules), ...bids);
}

function drawFacts(pairs) {
  facts.replaceChildren(
    ...pairs.map(([name, text]) => {
      const group = document.createElement("div");
      const term = document.createElement("dt");
      const value = document.createElement("dd");
      term.textContent = name;
      value.textContent = text;
      group.append(term, value);
      return group;
    }),
  );
}

function levelRow([at, size, orders], side, most, rules) {
  const row = document.createElement("tr");
  const bid = row.insertCell();
  const middle = row.insertCell();
  const ask = row.insertCell();
  middle.className = `price ${side}`;
  middle.textContent = price(at, rules);
  const cell = side === "bid" ? bid : ask;
  cell.className = `number depth ${side}`;
  cell.style.setProperty("--part", size / most);
  const count = document.createElement("span");
  count.className = "orders";
  count.textContent = `${orders} ${orders === 1 ? "order" : "orders"}`;
  cell.append(count, quantity(size));
  return row;
}

function spreadRow(book, rules) {
  const row = document.createElement("tr");
  row.className = "spread";
  const cell = row.insertCell();
  cell.colSpan = 3;
  const [bid, ask] = [book.bids[0]?.[0], book.asks[0]?.[0]];
  if (bid !== undefined && ask !== undefined) {
    cell.textContent = `spread ${fromUnits(toUnits(ask, rules) - toUnits(bid, rules), rules)}`;
  } else if (bid === undefined && ask === undefined) {
    cell.textContent = "no orders";
  } else {
    cell.textContent = bid === undefined ? "▼ no bids" : "▲ no asks";
  }
  return row;
}

function changeOf(book, rules) {
  if (!book.last) return { text: NOTHING, side: "faint" };
  const reference = toUnits(rules.reference_price, rules);
  const difference = toUnits(book.last.price, rules) - reference;
  const percent = Math.abs((100 * Number(difference)) / Number(reference)).toFixed(2);
  if (difference === 0n) return { text: "= 0.00 %", side: "faint" };
  const [text, side] = difference > 0n ? [`▲ +${percent} %`, "bid"] : [`▼ −${percent} %`, "ask"];
  return { text, side };
}

// Prices are decimal text and are reckoned with as integers of the instrument's scale, as the exchange does.
function toUnits(text, rules) {
  const [head, tail = ""] = text.split(".");
  return BigInt(head + tail.padEnd(rules.price_digits, "0"));
}

function fromUnits(units, rules) {
  const digits = String(units).padStart(rules.price_digits + 1, "0");
  return rules.price_digits ? `${digits.slice(0, -rules.price_digits)}.${digits.slice(-rules.price_digits)}` : digits;
}

function price(text, rules) {
  return text === undefined ? NOTHING : fromUnits(toUnits(text, rules), rules);
}

function quantity(number) {
  return number === undefined ? NOTHING : whole.format(number);
}

function fill(cell, text, side = "") {
  if (cell.textContent !== text) cell.textContent = text;
  for (const name of ["bid", "ask", "faint"]) cell.classList.toggle(name, name === side);
}

window.addEventListener("hashchange", poll);
document.addEventListener("visibilitychange", () => document.hidden || poll());
pollForEver();
