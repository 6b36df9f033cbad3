from cdk8s import Chart, Size
from cdk8s_plus_27 import ContainerProps, ContainerResources, MemoryResources
from cdk8s_shared_memory import AgentNamespace, ContractGrant, NodeAgent
from constructs import Construct

from contract import routes


class Agents(Chart):
    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "platform")
        AgentNamespace(self, "namespace", name="node-agents")
        NodeAgent(
            self,
            "agent",
            contract=routes,
            tool_image="registry.example.com/busybox:1.36",
            containers=[
                ContainerProps(
                    name="agent",
                    image="registry.example.com/routes-agent:1.8.2",
                    resources=ContainerResources(
                        memory=MemoryResources(
                            request=Size.mebibytes(384), limit=Size.mebibytes(384)
                        )
                    ),
                )
            ],
        )
        ContractGrant(self, "shop", contract=routes, namespace="shop")
