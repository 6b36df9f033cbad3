package com.example.shop;

import com.example.cdk8s.sharedmemory.AgentContract;
import com.example.cdk8s.sharedmemory.AgentNodes;
import com.example.cdk8s.sharedmemory.FilesOptions;
import com.example.cdk8s.sharedmemory.SharedMemory;
import java.util.List;
import org.cdk8s.Size;

final class Contracts {
  static final AgentContract ROUTES =
      AgentContract.Builder.create()
          .name("routes")
          .namespace("node-agents") // of the agent
          .version("v1") // of the data layout: clients of another version wait
          .memory(
              List.of(
                  SharedMemory.files(
                      FilesOptions.builder()
                          .name("table")
                          .size(Size.mebibytes(256))
                          .mountPath("/run/routes")
                          .build())))
          .nodes(AgentNodes.dedicated("example.com/routes-agent", "yes")) // label and taint
          .ownerId(10001) // the user that writes
          .groupId(2000) // the group that may read
          .build();

  private Contracts() {}
}
