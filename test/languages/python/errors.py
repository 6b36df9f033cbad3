"""The same mistakes as in ../typescript/errors.ts: the same must be said."""

from typing import Callable

import cdk8s_plus_27 as kplus
from cdk8s import App, Chart, Size
from cdk8s_shared_memory import Access, AgentContract, NodeAgent, ReviewApp, SharedMemory

from contract import routes


def attempt(wrong: Callable[[], object]) -> None:
    """Prints what is said where something is wrong."""
    try:
        wrong()
    except RuntimeError as error:
        print(error)
        return
    raise AssertionError("nothing is said")


chart = Chart(App(), "shop", namespace="shop")
api = kplus.Deployment(
    chart,
    "api",
    containers=[kplus.ContainerProps(name="api", image="registry.example.com/api:3.1.0")],
)

# the contract itself
attempt(
    lambda: AgentContract(
        name="Routes",
        namespace="node-agents",
        version="v1",
        memory=[
            SharedMemory.files(name="table", size=Size.kibibytes(0), mount_path="run/routes"),
            SharedMemory.posix(name="table"),
        ],
    )
)
attempt(lambda: AgentContract.from_file("missing.json"))
attempt(lambda: AgentContract.from_json('{"apiVersion":"cdk8s-shared-memory/v9"}'))

# what is asked of it
attempt(lambda: routes.attach_to(api, access=Access.READ_WRITE))
attempt(lambda: routes.attach_to(chart, workload="Deployment/other"))
attempt(
    lambda: NodeAgent(
        chart,
        "agent",
        contract=routes,
        containers=[
            kplus.ContainerProps(name="agent", image="registry.example.com/routes-agent:1.8.2")
        ],
    )
)

# what is only found when the app is rendered, before any file is written
app = ReviewApp(outdir="errors")
web = kplus.Deployment(
    Chart(app, "web"),
    "web",
    containers=[kplus.ContainerProps(name="web", image="registry.example.com/web:3.1.0")],
)
routes.attach_to(web, containers=["wbe"])
attempt(app.synth)
