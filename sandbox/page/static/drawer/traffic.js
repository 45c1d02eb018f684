// A table of HTTP exchanges: who was asked what, what came back, and how long it took.

import { make } from "../dom.js";
import { duration, moment } from "./moments.js";

const SIDES = { discord: "Discord", images: "Image service" };

/** `show` takes exchanges as the server tells them, the oldest first. */
export function trafficTable(caption) {
  const body = make("tbody");
  const heads = ["Asked", "Request", "Status", "At", "Took"].map((text) => make("th", { scope: "col", text }));
  const table = make(
    "table",
    { class: "behind-traffic" },
    make("caption", { text: caption }),
    make("thead", {}, make("tr", {}, heads)),
    body,
  );
  const element = make("div", { class: "behind-scroll", role: "region", tabindex: "0", "aria-label": caption }, table);
  return {
    element,
    show(exchanges) {
      body.replaceChildren(...exchanges.map(row));
      element.hidden = exchanges.length === 0;
    },
  };
}

function row(exchange) {
  const files = exchange.files ? ` + ${exchange.files} ${exchange.files === 1 ? "file" : "files"}` : "";
  const said = exchange.status === null ? "…" : exchange.status === 0 ? "no answer" : String(exchange.status);
  const status = exchange.cut ? `${said}, cut off` : said;
  const isGood = exchange.status >= 200 && exchange.status < 300 && !exchange.cut;
  return make(
    "tr",
    { class: isGood || exchange.status === null ? "" : "behind-bad" },
    make("td", { text: SIDES[exchange.side] }),
    make("td", {}, make("code", { text: `${exchange.method} ${exchange.path}` }), files),
    make("td", { text: status }),
    make("td", {}, moment(exchange.at)),
    make("td", { text: exchange.took === null ? "…" : duration(exchange.took) }),
  );
}
