"""Discord in the browser: a page that looks and behaves like the client, over the stand-in."""
