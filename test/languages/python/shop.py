import cdk8s_plus_27 as kplus
from cdk8s import Chart
from cdk8s_shared_memory import PodSecurity
from constructs import Construct

from contract import routes


class Shop(Chart):
    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "shop", namespace="shop")
        api = kplus.Deployment(
            self,
            "api",
            containers=[kplus.ContainerProps(name="api", image="registry.example.com/api:3.1.0")],
        )
        routes.attach_to(api)  # read-only
        PodSecurity.restricted().attach_to(api)
