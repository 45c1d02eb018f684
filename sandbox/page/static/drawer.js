// Behind the scenes: a stub, until the drawer is merged.

/**
 * @param {object} page
 * @param {HTMLElement} page.root     the <aside>, hidden until the drawer opens
 * @param {HTMLButtonElement} page.button  opens and closes it; keep aria-expanded true to what is seen
 * @param {(message: object) => void} page.send  a message whose type begins with "behind."
 * @param {(hear: (message: object) => void) => void} page.listen  `hear` gets every message whose type begins with
 *        "behind.", and {type: "behind.connected"} whenever the connection is (again) there
 */
export function mountDrawer(page) {
  page.button.hidden = true;
}
