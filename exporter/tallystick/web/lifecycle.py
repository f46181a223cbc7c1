"""What every exporter answers beside its pages: metrics, health, readiness and reloading."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tallystick.errors import TallystickError
from tallystick.web.site import Site


def metrics(request: Request) -> Response:
    """The metrics, in the format the scraper asks for."""
    body, content_type = Site.of(request).exposition.render(request.headers.get("accept", ""))
    return Response(body, headers={"content-type": content_type, "vary": "Accept"})


def healthy(_request: Request) -> Response:
    """Whether the process answers, which it just did."""
    return PlainTextResponse("tallystick is Healthy.\n")


def ready(request: Request) -> Response:
    """Whether every SLO has been read up to now; until then, how far that is."""
    state = Site.of(request).view.state()
    if state.ready:
        return PlainTextResponse("tallystick is Ready.\n")
    return PlainTextResponse(f"tallystick is reading the past: {state.backfill_done * 100:.0f} % done.\n", 503)


def reload(request: Request) -> Response:
    """Load the definitions again; what is wrong with them is answered line by line, and changes nothing."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise HTTPException(403, "Another site's page asked for this.")
    try:
        problems = Site.of(request).view.reload()
    except TallystickError as fault:
        problems = [str(fault)]
    if not problems:
        return PlainTextResponse("Definitions reloaded.\n")
    return PlainTextResponse(
        "Definitions not reloaded; the old ones stay in force.\n" + "\n".join(problems) + "\n", 500
    )
