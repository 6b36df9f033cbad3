"""Runs the examples of the documentation of classes: pairs of a class and its example, as JSON."""

import json
import sys
from typing import Any, Callable

import cdk8s_plus_27 as kplus
import cdk8s_shared_memory as library
from cdk8s import ApiObject, App, Chart, Duration, JsonPatch, Size, Testing

TOOLS = "registry.example.com/busybox:1.36"
MEMORY = kplus.MemoryResources(request=Size.gibibytes(4), limit=Size.gibibytes(4))
CONTAINERS = [
    kplus.ContainerProps(
        name="main",
        image="registry.example.com/main:1",
        resources=kplus.ContainerResources(memory=MEMORY),
    )
]
LABELS = {"app": "main"}


class Given(dict[str, Any]):
    """What rosetta/default.ts-fixture declares, made when the example asks for it."""

    def __missing__(self, name: str) -> Any:
        make: dict[str, Callable[[], Any]] = {
            "chart": lambda: Chart(App(outdir="examples"), "chart"),
            "table": lambda: library.SharedMemory.files(
                name="table", size=Size.mebibytes(256), mount_path="/run/routes"
            ),
            "routes": lambda: library.AgentContract(
                name="routes",
                namespace="node-agents",
                version="v1",
                memory=[self["table"]],
                owner_id=10001,
                group_id=2000,
            ),
            "agent": lambda: library.NodeAgent(
                self["chart"],
                "agent",
                contract=self["routes"],
                tool_image=TOOLS,
                containers=CONTAINERS,
            ),
            "api": lambda: self.deployment("api"),
            "old_deployment": lambda: self.deployment("old"),
            "new_deployment": lambda: self.deployment("new"),
            "trainer": lambda: kplus.Job(self["chart"], "trainer", containers=CONTAINERS),
            "vendor_daemon_set": self.daemon_set,
        }
        if name not in make:
            raise KeyError(name)
        self[name] = make[name]()
        return self[name]

    def deployment(self, id: str) -> kplus.Deployment:
        return kplus.Deployment(
            self["chart"], id, pod_metadata={"labels": LABELS}, containers=CONTAINERS
        )

    def daemon_set(self) -> ApiObject:
        made = ApiObject(self["chart"], "vendor", api_version="apps/v1", kind="DaemonSet")
        container = {"name": "main", "image": "i", "resources": {"limits": {"memory": "1Gi"}}}
        spec = {
            "selector": {"matchLabels": LABELS},
            "template": {"spec": {"containers": [container]}},
        }
        made.add_json_patch(JsonPatch.add("/spec", spec))
        return made


NAMES = {
    **{name: getattr(library, name) for name in library.__all__},
    **{"kplus": kplus, "Chart": Chart, "Duration": Duration, "Size": Size, "Testing": Testing},
}
for of, example in json.load(sys.stdin):
    try:
        exec(compile(example, of, "exec"), NAMES, Given())
    except Exception as error:
        print(f"{of}: {type(error).__name__}: {error}")
