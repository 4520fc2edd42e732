"""Small servers under real instrumentation libraries, run as `python -m tests.field.apps NAME PORT METRICS_PORT`.

Each answers /ok, /slow (after a third of a second), /fail (500) and, by having no such path, /missing (404). Where a
library does not serve its metrics itself, they are on a port of their own.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

SLOW_S = 0.3


class ThreadedServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def serve_wsgi(application: Callable[..., object], port: int) -> None:
    make_server("127.0.0.1", port, application, ThreadedServer, QuietHandler).serve_forever()


def plain(port: int, _: int) -> None:
    """Without any instrumentation: what stands behind a proxy."""

    def app(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            time.sleep(SLOW_S)
        status = {"/ok": "200 OK", "/slow": "200 OK", "/fail": "500 Failed"}.get(environ["PATH_INFO"], "404 Not Found")
        start_response(status, [("Content-Length", "0")])
        return []

    serve_wsgi(app, port)


def flask(port: int, _: int) -> None:
    from flask import Flask
    from prometheus_flask_exporter import PrometheusMetrics

    app = Flask("shop")
    PrometheusMetrics(app)

    @app.get("/ok")
    def ok() -> str:
        return "ok"

    @app.get("/slow")
    def slow() -> str:
        time.sleep(SLOW_S)
        return "slow"

    @app.get("/fail")
    def fail() -> tuple[str, int]:
        return "failed", 500

    serve_wsgi(app, port)


def django(port: int, _: int) -> None:
    import django as library
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest, HttpResponse
    from django.urls import include, path

    before, after = (f"django_prometheus.middleware.Prometheus{when}Middleware" for when in ("Before", "After"))
    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django_prometheus"],
        MIDDLEWARE=[before, after],
    )
    library.setup()

    def ok(_: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    def slow(_: HttpRequest) -> HttpResponse:
        time.sleep(SLOW_S)
        return HttpResponse("slow")

    def fail(_: HttpRequest) -> HttpResponse:
        return HttpResponse("failed", status=500)

    views = [path(view.__name__, view, name=view.__name__) for view in (ok, slow, fail)]
    # Django reads them from the module that ROOT_URLCONF names.
    globals()["urlpatterns"] = [*views, path("", include("django_prometheus.urls"))]
    serve_wsgi(get_wsgi_application(), port)


def starlette(port: int, _: int) -> None:
    import asyncio

    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    from starlette_exporter import PrometheusMiddleware, handle_metrics

    async def ok(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    async def slow(_: Request) -> PlainTextResponse:
        await asyncio.sleep(SLOW_S)
        return PlainTextResponse("slow")

    async def fail(_: Request) -> PlainTextResponse:
        return PlainTextResponse("failed", status_code=500)

    routes = [Route(f"/{view.__name__}", view) for view in (ok, slow, fail)]
    app = Starlette(routes=[*routes, Route("/metrics", handle_metrics)])
    app.add_middleware(PrometheusMiddleware)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


def tornado(port: int, _: int) -> None:
    import asyncio

    from tornado.web import Application, RequestHandler
    from tornado_prometheus import MetricsHandler, PrometheusMixIn

    class Ok(RequestHandler):
        def get(self) -> None:
            self.write("ok")

    class Slow(RequestHandler):
        async def get(self) -> None:
            await asyncio.sleep(SLOW_S)
            self.write("slow")

    class Fail(RequestHandler):
        def get(self) -> None:
            self.set_status(500)

    class Shop(PrometheusMixIn, Application):
        pass

    async def serve() -> None:
        Shop([("/ok", Ok), ("/slow", Slow), ("/fail", Fail), ("/metrics", MetricsHandler)]).listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(serve())


def grpc(port: int, metrics_port: int) -> None:
    import grpc as library
    from prometheus_client import start_http_server
    from py_grpc_prometheus.prometheus_server_interceptor import PromServerInterceptor

    def do(request: bytes, context: library.ServicerContext) -> bytes:
        if request == b"slow":
            time.sleep(SLOW_S)
        elif request != b"ok":
            context.abort(library.StatusCode[request.decode().upper()], "as asked")
        return request

    interceptor = PromServerInterceptor(enable_handling_time_histogram=True)
    server = library.server(ThreadPoolExecutor(8), interceptors=(interceptor,))
    handler = library.unary_unary_rpc_method_handler(do)
    server.add_generic_rpc_handlers((library.method_handlers_generic_handler("shop.Cart", {"Do": handler}),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    start_http_server(metrics_port, "127.0.0.1")
    server.wait_for_termination()


if __name__ == "__main__":
    name, *ports = sys.argv[1:]
    {each.__name__: each for each in (plain, flask, django, starlette, tornado, grpc)}[name](*map(int, ports))
