"""The pictures themselves: scenes and figures on a canvas, and what edits make of them."""
