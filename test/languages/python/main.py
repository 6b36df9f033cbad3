from cdk8s_shared_memory import ReviewApp

from agents import Agents
from shop import Shop

app = ReviewApp()
Agents(app)
Shop(app)
app.synth()
