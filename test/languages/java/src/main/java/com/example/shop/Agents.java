package com.example.shop;

import com.example.cdk8s.sharedmemory.AgentNamespace;
import com.example.cdk8s.sharedmemory.ContractGrant;
import com.example.cdk8s.sharedmemory.NodeAgent;
import java.util.List;
import org.cdk8s.Chart;
import org.cdk8s.Size;
import org.cdk8s.plus27.ContainerProps;
import org.cdk8s.plus27.ContainerResources;
import org.cdk8s.plus27.MemoryResources;
import software.constructs.Construct;

final class Agents extends Chart {
  Agents(Construct scope) {
    super(scope, "platform");
    AgentNamespace.Builder.create(this, "namespace").name("node-agents").build();
    MemoryResources memory =
        MemoryResources.builder().request(Size.mebibytes(384)).limit(Size.mebibytes(384)).build();
    NodeAgent.Builder.create(this, "agent")
        .contract(Contracts.ROUTES)
        .toolImage("registry.example.com/busybox:1.36")
        .containers(
            List.of(
                ContainerProps.builder()
                    .name("agent")
                    .image("registry.example.com/routes-agent:1.8.2")
                    .resources(ContainerResources.builder().memory(memory).build())
                    .build()))
        .build();
    ContractGrant.Builder.create(this, "shop")
        .contract(Contracts.ROUTES)
        .namespace("shop")
        .build();
  }
}
