import { mountDrawer } from "./drawer.js";
import { Socket } from "./socket.js";

const socket = new Socket();
mountDrawer({
  root: document.getElementById("drawer"),
  button: document.getElementById("drawer-button"),
  send: (message) => socket.send(message),
  listen: (hear) => socket.listen("behind.", hear),
});
socket.open();
