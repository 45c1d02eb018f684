// Switches that make either side misbehave. What they show is what the server says, never what was clicked.

import { freshId, make } from "../dom.js";

const SIDES = [
  ["images", "The image service is …"],
  ["discord", "Discord …"],
];

export function switchesPart(send) {
  const groups = Object.fromEntries(SIDES.map(([side, title]) => [side, make("fieldset", {}, make("legend", { text: title }))]));
  const known = new Map();
  const summary = make("summary");

  function added(each) {
    const id = freshId("behind-switch");
    const control = make("button", { type: "button", role: "switch", "aria-describedby": id }, each.label);
    control.addEventListener("click", () => {
      send({ type: "behind.switch", name: each.name, on: control.getAttribute("aria-checked") !== "true" });
    });
    groups[each.side].append(make("div", { class: "behind-switch" }, control, make("p", { id, class: "behind-says", text: each.says })));
    known.set(each.name, control);
    return control;
  }

  return {
    element: make(
      "details",
      { class: "behind-switches" },
      summary,
      make("p", { class: "behind-says", text: "A switch is for everybody who has this page open, until it is off again." }),
      Object.values(groups),
    ),
    show(switches) {
      for (const each of switches) (known.get(each.name) ?? added(each)).setAttribute("aria-checked", String(each.on));
      const on = switches.filter((each) => each.on).map((each) => each.label);
      summary.replaceChildren("Make trouble", on.length ? make("strong", { text: ` (on: ${on.join(", ")})` }) : "");
    },
  };
}
