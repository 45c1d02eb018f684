"""`easel doctor`: whether the bot could run here, one line a finding, each with what to do."""
