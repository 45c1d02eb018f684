"""Requests whose cost is known, and what they cost in millionths of a dollar."""

from sandbox.guest import Asked, Guest
from sandbox.image_api.models import DALL_E_3, DEFAULT_MODELS, Model
from tests.end_to_end.conftest import Open
from tests.scene import Scene

DAY_S = 86_400
SQUARE_HIGH = 7_024 * 30
SQUARE_MEDIUM = 1_756 * 30
A_PREVIEW = 100 * 30
FOX_WORDS = (2 + 6) * 5  # «a fox» and what the service adds to it
OF_ONE_FOX = SQUARE_MEDIUM + FOX_WORDS
ONLY_NEW = tuple(model for model in DEFAULT_MODELS if model.rules is None or "2.5" in model.id)
UNKNOWN = "gpt-image-2.5-flare"
DALL_E = Model(id="dall-e-3", released=DEFAULT_MODELS[0].released, rules=DALL_E_3)
NAMES = ("Ada", "Ben", "Cleo")


async def rich(open_scene: Open, budget: str = "10", *, image_previews: int = 0, **settings: object) -> Scene:
    """Without previews, which cost tokens of their own."""
    return await open_scene(budget_usd_per_day=budget, image_previews=image_previews, **settings)


async def fine_fox(guest: Guest) -> Asked:
    return await guest.slash("imagine", prompt="a fox", size="1024x1024", quality="high")


async def coarse_fox(guest: Guest) -> Asked:
    return await guest.slash("imagine", prompt="a fox", size="1024x1024", quality="low")
