"""Waiting for the image service: whose turn it is, how long it will take, and when waiting has been long enough."""

from bot.queue.line import Seat
from bot.queue.patience import Patience
from bot.queue.places import Places
from bot.queue.queue import Queue
from bot.queue.runs import Kind, Runs

__all__ = ["Kind", "Patience", "Places", "Queue", "Runs", "Seat"]
