"""`easel api`: the image service from the command line. Here is what is typed; what it does is in the rooms beside."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import listing, moderating, requesting
from bot.cli.options import Json, with_options
from bot.cli.orders import Order
from bot.cli.painting import paint
from bot.cli.picture_options import PictureOptions
from bot.cli.requesting import RequestOptions
from bot.model import Endpoint

EPILOG = (
    "Exit status: 0 done, 1 the service failed, 2 cannot be done as typed, 3 refused for its content or flagged, "
    "4 key, money or rights, 5 no such model or route, 78 settings, 130 interrupted."
)

api = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    help="Use the image service from here. Needs its settings alone (OPENAI_API_KEY and so on), not Discord's.",
)

Text = Annotated[str, typer.Argument(metavar="PROMPT", help="What to paint.")]
Images = Annotated[
    list[Path],
    typer.Option("--image", metavar="FILE", exists=True, dir_okay=False, help="A PNG, JPEG or WebP, sent as it is."),
]
Image = Annotated[
    Path,
    typer.Option("--image", metavar="FILE", exists=True, dir_okay=False, help="A PNG, JPEG or WebP, sent as it is."),
]
Mask = Annotated[
    Path | None,
    typer.Option(
        "--mask",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="A PNG as large as the first picture: where it is transparent is painted anew.",
    ),
]
Markup = Annotated[
    Path | None,
    typer.Option(
        "--markup",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="A transparent PNG with marks, laid over the first picture (2.5; not together with a mask).",
    ),
]


@api.command()
def models(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that are not for pictures.")] = False,
    as_json: Json = False,
) -> None:
    """List the models of the service: what each one paints, and when it retires."""
    listing.show_models(every=every, as_json=as_json)


@api.command()
def model(
    model_id: Annotated[str, typer.Argument(metavar="ID", help="The model's id.")], *, as_json: Json = False
) -> None:
    """Show one model: what is known of it."""
    listing.show_model(model_id, as_json=as_json)


@api.command(epilog='Example: easel api generate "a badger in a tuxedo" -n 2 -o badger.png')
@with_options(PictureOptions)
def generate(prompt: Text, *, options: PictureOptions) -> None:
    """Paint pictures from words."""
    paint(Order(endpoint=Endpoint.GENERATIONS, prompt=prompt, options=options))


@api.command(epilog='Example: easel api edit "at night" --image badger.png -o night.png')
@with_options(PictureOptions)
def edit(prompt: Text, *, image: Images, mask: Mask = None, markup: Markup = None, options: PictureOptions) -> None:
    """Paint one or several pictures anew, as the words say; --image may be repeated."""
    paint(Order(endpoint=Endpoint.EDITS, prompt=prompt, sources=image, mask=mask, markup=markup, options=options))


@api.command(epilog="Example: easel api vary --image badger.png -n 3 -o like-badger.png")
@with_options(PictureOptions)
def vary(*, image: Image, options: PictureOptions) -> None:
    """Paint variations of a picture: as variations where service and model have them, else as edits."""
    paint(Order(endpoint=Endpoint.VARIATIONS, sources=[image], options=options))


@api.command()
def moderate(
    texts: Annotated[list[str] | None, typer.Argument(metavar="[TEXT]...", help="Words, each judged alone.")] = None,
    *,
    image: Annotated[
        list[Path] | None,
        typer.Option("--image", metavar="FILE", exists=True, dir_okay=False, help="A picture. May be repeated."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="Default: MODERATION_MODEL.")] = None,
    as_json: Json = False,
) -> None:
    """Ask the moderation service about words and pictures; exit status 3 when anything is flagged."""
    moderating.moderate(texts or [], image or [], model=model, as_json=as_json)


@api.command(epilog='Example: easel api request POST moderations --json-body \'{"input": "a tree"}\' --full')
@with_options(RequestOptions)
def request(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET or POST.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="A path of the service, such as models.")],
    *,
    options: RequestOptions,
) -> None:
    """Make any GET or POST on the service; the answer comes as it is."""
    requesting.request(method, path, options)
