"""Pictures from outside: checked, measured, converted and shrunk in child processes.

pool.py is the bot's side and worker.py its hold on one child; child.py, decoding.py and work.py run in there.
"""

from bot.pictures.pool import Pictures
from bot.pictures.refusals import SOURCE_MAX_BYTES
from bot.pictures.task import Converted, Form, Limits, Made, PictureFacts, WorkFailed

__all__ = [
    "SOURCE_MAX_BYTES",
    "Converted",
    "Form",
    "Limits",
    "Made",
    "PictureFacts",
    "Pictures",
    "WorkFailed",
]
