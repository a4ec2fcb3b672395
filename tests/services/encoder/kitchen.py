"""The encoder inside a test."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from services.encoder.bootstrap import program
from tests.nats_process import NatsProcess
from tests.service_kitchen import ServiceKitchen, service_kitchen


def encoder_kitchen(nats: NatsProcess, folder: Path) -> AbstractAsyncContextManager[ServiceKitchen]:
    return service_kitchen(ServiceKitchen, program(), nats, folder)
