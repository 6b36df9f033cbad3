"""The same app as ../typescript/everything.ts: it must write the same bytes."""

from typing import Any

import cdk8s_plus_27 as kplus
from cdk8s import ApiObject, Chart, Duration, Include, JsonPatch, Size
from cdk8s_shared_memory import (
    Access,
    Accounting,
    Acknowledgement,
    Acknowledgements,
    AgentAlerts,
    AgentCandidate,
    AgentContract,
    AgentNamespace,
    AgentNodes,
    AgentPriority,
    AgentUpdate,
    Backing,
    ClientContainerMemory,
    ClientInjection,
    ClientNamespace,
    ClientPolicy,
    ClientPolicyGrant,
    ClientQuota,
    ContractEnv,
    ContractGrant,
    Leftovers,
    NodeAgent,
    NodeCleanup,
    NodePreflight,
    Payer,
    PodSecurityLevel,
    PodSharedMemory,
    PolicyAction,
    ReadyWhen,
    Review,
    ReviewApp,
    RulePack,
    Scanner,
    SharedMemory,
    SidecarAgent,
    StartupTaint,
    WorkloadShift,
)
from constructs import Construct

TOOLS = "registry.example.com/busybox:1.36"

# The contracts: files that clients write, POSIX and System V memory, and files that they read.
orders = AgentContract(
    name="orders",
    namespace="node-agents",
    version="v3",
    memory=[
        SharedMemory.files(
            name="queue",
            size=Size.mebibytes(64),
            mount_path="/run/orders",
            backing=Backing.tmpfs(executable=False),
        )
    ],
    nodes=AgentNodes.labeled("example.com/orders", "yes"),
    owner_id=10003,
    group_id=2002,
    clients=Access.READ_WRITE,
    charged_to=Payer.CLIENT,
    env={
        "ORDERS_DIR": ContractEnv.path("queue"),
        "ORDERS_FILE": ContractEnv.file("queue.bin", memory="queue"),
        "ORDERS_SIZE": ContractEnv.size_in_bytes(),
    },
)
verdicts = AgentContract(
    name="verdicts",
    namespace="node-agents",
    version="v2",
    memory=[
        SharedMemory.posix(name="ring", size=Size.mebibytes(64)),
        SharedMemory.system_v(name="table", size=Size.mebibytes(64)),
    ],
    owner_id=10002,
    group_id=2001,
    ready_when=ReadyWhen.system_v_key(0x5348, tool_image=TOOLS),
    acknowledgements=[
        Acknowledgement(
            rule="SHM301",
            reason="the library calls shmget",
            export_to=[Scanner.KUBE_LINTER, Scanner.POLARIS, Scanner.CHECKOV],
        )
    ],
)
routes = AgentContract(
    name="routes",
    namespace="node-agents",
    version="v1",
    memory=[SharedMemory.files(name="table", size=Size.mebibytes(256), mount_path="/run/routes")],
    nodes=AgentNodes.dedicated("example.com/routes-agent", "yes"),
    owner_id=10001,
    group_id=2000,
    ready_when=ReadyWhen.file("table.bin", tool_image=TOOLS),
)


def memory(mebibytes: int) -> kplus.ContainerResources:
    """A request and a limit of so much memory."""
    size = Size.mebibytes(mebibytes)
    return kplus.ContainerResources(memory=kplus.MemoryResources(request=size, limit=size))


def container(name: str, mebibytes: int) -> kplus.ContainerProps:
    """A container with a limit for its memory."""
    return kplus.ContainerProps(
        name=name,
        image=f"registry.example.com/{name}:1.8.2",
        security_context=kplus.ContainerSecurityContextProps(user=20001, group=20001),
        resources=memory(mebibytes),
    )


def agent_container(image: str, mebibytes: int, **more: Any) -> kplus.ContainerProps:
    """The container of an agent."""
    return kplus.ContainerProps(
        name="agent",
        image=f"registry.example.com/{image}",
        resources=memory(mebibytes),
        **more,
    )


class Agents(Chart):
    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "agents", disable_resource_name_hashes=True)
        AgentNamespace(
            self, "namespace", name="node-agents", priority=AgentPriority.node_critical()
        )
        agent = NodeAgent(
            self,
            "routes",
            contract=routes,
            tool_image=TOOLS,
            priority=AgentPriority.node_critical(),
            containers=[agent_container("routes-agent:1.8.2", 384)],
            update=AgentUpdate.waves(
                label="example.com/wave",
                order=["canary", "early", "rest"],
                candidate={
                    "agent": AgentCandidate(
                        image="registry.example.com/routes-agent:1.9.0",
                        args=["--fast"],
                        env_variables={
                            "LEVEL": kplus.EnvValue.from_value("2"),
                            "MODE": kplus.EnvValue.from_value("fast"),
                        },
                    )
                },
                through="canary",
                max_unavailable=kplus.PercentOrAbsolute.percent(10),
                min_ready=Duration.seconds(30),
            ),
        )
        NodeAgent(
            self,
            "verdicts",
            contract=verdicts,
            tool_image=TOOLS,
            capabilities=["IPC_LOCK"],
            devices={"example.com/fpga": 1},
            tolerations=[{"key": "example.com/fpga", "operator": "Exists", "effect": "NoSchedule"}],
            containers=[agent_container("verdicts-agent:4.2.0", 256)],
            update=AgentUpdate.on_delete(),
        )
        NodeAgent(
            self,
            "orders",
            contract=orders,
            tool_image=TOOLS,
            leftovers=Leftovers.sweep(except_=["queue.lock"]),
            sizes={"queue": Size.mebibytes(96)},
            containers=[agent_container("orders-agent:2.0.0", 256)],
        )
        grant = ContractGrant(self, "grant-routes", contract=routes, namespace="shop")
        print(grant.claim_name(), grant.persistent_volume_name("table"))
        ContractGrant(
            self, "grant-orders", contract=orders, namespace="shop", access=Access.READ_WRITE
        )
        ClientNamespace(
            self,
            "shop",
            name="shop",
            contracts=[routes, orders, verdicts],
            pod_security=PodSecurityLevel.PRIVILEGED,
            container_memory=ClientContainerMemory(
                default_limit=Size.mebibytes(256), max=Size.gibibytes(2)
            ),
            quota=ClientQuota(pods=40, limits=Size.gibibytes(16)),
        )
        ClientInjection(self, "join", contract=routes, namespaces=["shop"])
        ClientPolicy(
            self,
            "policy",
            grants=[
                ClientPolicyGrant(contract=routes, namespace="shop"),
                ClientPolicyGrant(contract=orders, namespace="shop", access=Access.READ_WRITE),
                ClientPolicyGrant(contract=verdicts, namespace="shop"),
            ],
            action=PolicyAction.WARN,
        )
        startup_taint = StartupTaint(
            self,
            "startup-taint",
            agents=[agent],
            image="registry.example.com/kubectl:1.33",
            interval=Duration.seconds(10),
        )
        AgentAlerts(
            self,
            "alerts",
            agents=[agent],
            startup_taint=startup_taint,
            agent_not_ready_for=Duration.minutes(20),
            severities={"SharedMemoryAgentMissing": "warning"},
            labels={"release": "prometheus"},
        )
        NodePreflight(self, "preflight", agents=[agent], tool_image=TOOLS)
        NodeCleanup(self, "cleanup", contract=routes, tool_image=TOOLS)


class Shop(Chart):
    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "shop", namespace="shop", disable_resource_name_hashes=True)

        # workloads of cdk8s-plus
        api = kplus.Deployment(self, "api", containers=[container("api", 512)])
        AgentContract.from_file("routes.contract.json").attach_to(api)
        orders.attach_to(api, access=Access.READ_WRITE, accounting=Accounting.ADD_TO_LIMITS)
        trainer = kplus.Job(self, "trainer", containers=[container("trainer", 2048)])
        PodSharedMemory(size=Size.gibibytes(1)).attach_to(trainer)
        alone = kplus.Deployment(self, "alone", containers=[container("alone", 512)])
        SidecarAgent(
            contract=routes,
            containers=[
                agent_container(
                    "routes-agent:1.8.2",
                    384,
                    startup=kplus.Probe.from_command(["test", "-e", "/run/routes/table.bin"]),
                )
            ],
        ).attach_to(alone)

        # an object in the words of Kubernetes
        raw = ApiObject(self, "raw", api_version="apps/v1", kind="StatefulSet")
        raw.add_json_patch(
            JsonPatch.add(
                "/spec",
                {
                    "serviceName": "raw",
                    "selector": {"matchLabels": {"app": "raw"}},
                    "template": {
                        "metadata": {"labels": {"app": "raw"}},
                        "spec": {
                            "containers": [{"name": "raw", "image": "registry.example.com/raw:1"}]
                        },
                    },
                },
            )
        )
        verdicts.attach_to(raw, containers=["raw"])

        # plain YAML
        included = Include(self, "included", url="workload.yaml")
        routes.attach_to(included, workload="Deployment/web", containers=["web"])

        # a workload that moves away from its built-in agent
        def twin(id: str) -> kplus.Deployment:
            return kplus.Deployment(
                self,
                id,
                pod_metadata={"labels": {"app": "twin"}},
                containers=[container("twin", 256)],
            )

        WorkloadShift(
            self,
            "shift",
            contract=routes,
            from_=twin("old"),
            to=twin("new"),
            replicas=8,
            shifted=25,
        )
        Acknowledgements.of(self).add(
            rule="SHM203", reason="the trainer is alone on its node", until="2099-12-31"
        )


routes.to_file("routes.contract.json")
print(verdicts.explain(), end="")
print(AgentContract.from_json(routes.to_json()).compatible_with(orders).text)
print(routes.name, routes.version)

app = ReviewApp(outdir="everything", pack=RulePack.STRICT)
Agents(app)
Shop(app)
app.synth()

pod = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "odd"},
    "spec": {
        "hostIPC": True,
        "hostUsers": False,
        "containers": [{"name": "odd", "image": "registry.example.com/odd:1"}],
    },
}
for each in Review.of([pod], pack=RulePack.STRICT, today="2026-01-01").findings:
    state = "open" if each.acknowledged is None else "acknowledged"
    where = f"{each.kind}/{each.name} {each.path}"
    print(f"{each.rule} {each.severity.name.lower()} {where} {state}: {each.message}")
