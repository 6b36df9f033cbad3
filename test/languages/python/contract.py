from cdk8s import Size
from cdk8s_shared_memory import AgentContract, AgentNodes, SharedMemory

routes = AgentContract(
    name="routes",
    namespace="node-agents",  # of the agent
    version="v1",  # of the data layout: clients of another version wait
    memory=[
        SharedMemory.files(name="table", size=Size.mebibytes(256), mount_path="/run/routes"),
    ],
    nodes=AgentNodes.dedicated("example.com/routes-agent", "yes"),  # label and taint
    owner_id=10001,  # the user that writes
    group_id=2000,  # the group that may read
)
