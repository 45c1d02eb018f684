// The bot's process: how it is, and the button that kills it.

import { button, make } from "../dom.js";
import { moment } from "./moments.js";

const STATES = {
  starting: "is starting",
  connected: "is connected",
  "cut off": "has no connection to the gateway",
  ended: "has ended",
};

export function botPart(send) {
  const state = make("p", { class: "behind-bot", text: "…" });
  const kill = button("Kill it and start it again", () => send({ type: "behind.kill" }), {
    class: "behind-kill",
    "aria-describedby": "behind-kill-says",
  });
  const start = button("Start it again", () => send({ type: "behind.start" }), { hidden: true });
  const says = make("p", {
    id: "behind-kill-says",
    class: "behind-says",
    text: "SIGKILL: no time for a last word. Try it while it paints: the new process takes up what the old one left.",
  });
  return {
    element: make("section", { "aria-labelledby": "behind-bot" }, make("h3", { id: "behind-bot", text: "The bot" }), state, kill, start, says),
    show(bot) {
      const ended = bot.ended ? ` ${bot.ended}` : "";
      state.replaceChildren(`Process ${bot.pid} ${STATES[bot.state]}${ended}. It was started at `, moment(bot.since), ".");
      state.dataset.state = bot.state;
      const isOver = bot.state === "ended";
      const hadFocus = [kill, start].includes(document.activeElement);
      kill.hidden = isOver;
      start.hidden = !isOver;
      if (hadFocus) (isOver ? start : kill).focus();
    },
  };
}
