"""How long people and tests wait for what will come: long enough for a machine that has other things to do."""

PATIENCE_S = 30.0
