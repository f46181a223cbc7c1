"""
The sample shop as a process: its services, their customers and a probe, each service at its own port.

``python -m tallystick.demo.shop --checkout 8081 --search 8082 --cart 8083 --probe 8084``
"""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event

import click

from tallystick.demo.load import Load
from tallystick.demo.probe import Prober
from tallystick.demo.service import ShopService
from tallystick.demo.shape import SERVICES, public_url
from tallystick.demo.site import Server


@dataclass
class Shop:
    """
    The shop, open from `start` to `stop`.

    Attributes:
        servers: by service, and ``probe``.
        loads: customers, by service; none without load.
    """

    servers: Mapping[str, Server]
    loads: Mapping[str, Load]

    def start(self) -> "Shop":
        """Open."""
        for server in self.servers.values():
            server.start()
        for load in self.loads.values():
            load.start()
        return self

    def stop(self) -> None:
        """Close: customers first."""
        for load in self.loads.values():
            load.stop()
        for server in self.servers.values():
            server.stop()


def make_shop(ports: Mapping[str, int], seed: int, *, load: bool = True) -> Shop:
    """
    Listen at *ports* (by service, and ``probe``; 0: any that is free).

    Raises:
        OSError: a port is taken.
    """
    servers = {service.name: Server(ShopService(service, seed), ports[service.name]) for service in SERVICES}
    addresses = {public_url(name): f"{server.url}/healthz" for name, server in servers.items()}
    loads = {service.name: Load(service, servers[service.name].url, seed) for service in SERVICES} if load else {}
    return Shop({**servers, "probe": Server(Prober(addresses), ports["probe"])}, loads)


@click.command()
@click.option("--checkout", type=int, default=0)
@click.option("--search", type=int, default=0)
@click.option("--cart", type=int, default=0)
@click.option("--probe", type=int, default=0)
@click.option("--seed", type=int, default=1)
def main(seed: int, **ports: int) -> None:
    """Open the shop until SIGTERM or Ctrl-C."""
    closing = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: closing.set())
    shop = make_shop(ports, seed).start()
    for name, server in shop.servers.items():
        click.echo(f"{name} {server.url}")
    closing.wait()
    shop.stop()


if __name__ == "__main__":
    main()
