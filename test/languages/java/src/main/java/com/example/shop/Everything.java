package com.example.shop;

import com.example.cdk8s.sharedmemory.Access;
import com.example.cdk8s.sharedmemory.Accounting;
import com.example.cdk8s.sharedmemory.Acknowledgement;
import com.example.cdk8s.sharedmemory.Acknowledgements;
import com.example.cdk8s.sharedmemory.AgentAlerts;
import com.example.cdk8s.sharedmemory.AgentCandidate;
import com.example.cdk8s.sharedmemory.AgentContract;
import com.example.cdk8s.sharedmemory.AgentNamespace;
import com.example.cdk8s.sharedmemory.AgentNodes;
import com.example.cdk8s.sharedmemory.AgentPriority;
import com.example.cdk8s.sharedmemory.AgentUpdate;
import com.example.cdk8s.sharedmemory.AgentWavesOptions;
import com.example.cdk8s.sharedmemory.AttachOptions;
import com.example.cdk8s.sharedmemory.Backing;
import com.example.cdk8s.sharedmemory.ClientContainerMemory;
import com.example.cdk8s.sharedmemory.ClientInjection;
import com.example.cdk8s.sharedmemory.ClientNamespace;
import com.example.cdk8s.sharedmemory.ClientPolicy;
import com.example.cdk8s.sharedmemory.ClientPolicyGrant;
import com.example.cdk8s.sharedmemory.ClientQuota;
import com.example.cdk8s.sharedmemory.ContractEnv;
import com.example.cdk8s.sharedmemory.ContractEnvOptions;
import com.example.cdk8s.sharedmemory.ContractGrant;
import com.example.cdk8s.sharedmemory.FilesOptions;
import com.example.cdk8s.sharedmemory.Finding;
import com.example.cdk8s.sharedmemory.Leftovers;
import com.example.cdk8s.sharedmemory.NodeAgent;
import com.example.cdk8s.sharedmemory.NodeCleanup;
import com.example.cdk8s.sharedmemory.NodePreflight;
import com.example.cdk8s.sharedmemory.Payer;
import com.example.cdk8s.sharedmemory.PodSecurityLevel;
import com.example.cdk8s.sharedmemory.PodSharedMemory;
import com.example.cdk8s.sharedmemory.PolicyAction;
import com.example.cdk8s.sharedmemory.PosixOptions;
import com.example.cdk8s.sharedmemory.ReadyWhen;
import com.example.cdk8s.sharedmemory.ReadyWhenFileOptions;
import com.example.cdk8s.sharedmemory.ReadyWhenOptions;
import com.example.cdk8s.sharedmemory.Review;
import com.example.cdk8s.sharedmemory.ReviewApp;
import com.example.cdk8s.sharedmemory.ReviewOptions;
import com.example.cdk8s.sharedmemory.RulePack;
import com.example.cdk8s.sharedmemory.Scanner;
import com.example.cdk8s.sharedmemory.SharedMemory;
import com.example.cdk8s.sharedmemory.SidecarAgent;
import com.example.cdk8s.sharedmemory.StartupTaint;
import com.example.cdk8s.sharedmemory.SweepOptions;
import com.example.cdk8s.sharedmemory.SystemVOptions;
import com.example.cdk8s.sharedmemory.TmpfsOptions;
import com.example.cdk8s.sharedmemory.WorkloadShift;
import java.util.List;
import java.util.Map;
import org.cdk8s.ApiObject;
import org.cdk8s.ApiObjectMetadata;
import org.cdk8s.ApiObjectProps;
import org.cdk8s.Chart;
import org.cdk8s.ChartProps;
import org.cdk8s.Duration;
import org.cdk8s.Include;
import org.cdk8s.JsonPatch;
import org.cdk8s.Size;
import org.cdk8s.plus27.ContainerProps;
import org.cdk8s.plus27.ContainerResources;
import org.cdk8s.plus27.ContainerSecurityContextProps;
import org.cdk8s.plus27.Deployment;
import org.cdk8s.plus27.EnvValue;
import org.cdk8s.plus27.Job;
import org.cdk8s.plus27.MemoryResources;
import org.cdk8s.plus27.PercentOrAbsolute;
import org.cdk8s.plus27.Probe;
import software.constructs.Construct;

/** The same app as ../typescript/everything.ts: it must write the same bytes. */
public final class Everything {
  private static final String TOOLS = "registry.example.com/busybox:1.36";

  // The contracts: files that clients write, POSIX and System V memory, and files that they read.
  private static final AgentContract ORDERS =
      AgentContract.Builder.create()
          .name("orders")
          .namespace("node-agents")
          .version("v3")
          .memory(
              List.of(
                  SharedMemory.files(
                      FilesOptions.builder()
                          .name("queue")
                          .size(Size.mebibytes(64))
                          .mountPath("/run/orders")
                          .backing(Backing.tmpfs(TmpfsOptions.builder().executable(false).build()))
                          .build())))
          .nodes(AgentNodes.labeled("example.com/orders", "yes"))
          .ownerId(10003)
          .groupId(2002)
          .clients(Access.READ_WRITE)
          .chargedTo(Payer.CLIENT)
          .env(
              Map.of(
                  "ORDERS_DIR", ContractEnv.path("queue"),
                  "ORDERS_FILE",
                      ContractEnv.file(
                          "queue.bin", ContractEnvOptions.builder().memory("queue").build()),
                  "ORDERS_SIZE", ContractEnv.sizeInBytes()))
          .build();
  private static final AgentContract VERDICTS =
      AgentContract.Builder.create()
          .name("verdicts")
          .namespace("node-agents")
          .version("v2")
          .memory(
              List.of(
                  SharedMemory.posix(
                      PosixOptions.builder().name("ring").size(Size.mebibytes(64)).build()),
                  SharedMemory.systemV(
                      SystemVOptions.builder().name("table").size(Size.mebibytes(64)).build())))
          .ownerId(10002)
          .groupId(2001)
          .readyWhen(
              ReadyWhen.systemVKey(0x5348, ReadyWhenOptions.builder().toolImage(TOOLS).build()))
          .acknowledgements(
              List.of(
                  Acknowledgement.builder()
                      .rule("SHM301")
                      .reason("the library calls shmget")
                      .exportTo(List.of(Scanner.KUBE_LINTER, Scanner.POLARIS, Scanner.CHECKOV))
                      .build()))
          .build();
  private static final AgentContract ROUTES =
      AgentContract.Builder.create()
          .name("routes")
          .namespace("node-agents")
          .version("v1")
          .memory(
              List.of(
                  SharedMemory.files(
                      FilesOptions.builder()
                          .name("table")
                          .size(Size.mebibytes(256))
                          .mountPath("/run/routes")
                          .build())))
          .nodes(AgentNodes.dedicated("example.com/routes-agent", "yes"))
          .ownerId(10001)
          .groupId(2000)
          .readyWhen(
              ReadyWhen.file(
                  "table.bin", ReadyWhenFileOptions.builder().toolImage(TOOLS).build()))
          .build();

  /** A request and a limit of so much memory. */
  private static ContainerResources memory(int mebibytes) {
    Size size = Size.mebibytes(mebibytes);
    return ContainerResources.builder()
        .memory(MemoryResources.builder().request(size).limit(size).build())
        .build();
  }

  /** A container with a limit for its memory. */
  private static List<ContainerProps> container(String name, int mebibytes) {
    return List.of(
        ContainerProps.builder()
            .name(name)
            .image("registry.example.com/" + name + ":1.8.2")
            .securityContext(
                ContainerSecurityContextProps.builder().user(20001).group(20001).build())
            .resources(memory(mebibytes))
            .build());
  }

  /** The container of an agent. */
  private static ContainerProps.Builder agent(String image, int mebibytes) {
    return ContainerProps.builder()
        .name("agent")
        .image("registry.example.com/" + image)
        .resources(memory(mebibytes));
  }

  private static final class Agents extends Chart {
    Agents(Construct scope) {
      super(scope, "agents", ChartProps.builder().disableResourceNameHashes(true).build());
      AgentNamespace.Builder.create(this, "namespace")
          .name("node-agents")
          .priority(AgentPriority.nodeCritical())
          .build();
      NodeAgent agent =
          NodeAgent.Builder.create(this, "routes")
              .contract(ROUTES)
              .toolImage(TOOLS)
              .priority(AgentPriority.nodeCritical())
              .containers(List.of(agent("routes-agent:1.8.2", 384).build()))
              .update(
                  AgentUpdate.waves(
                      AgentWavesOptions.builder()
                          .label("example.com/wave")
                          .order(List.of("canary", "early", "rest"))
                          .candidate(
                              Map.of(
                                  "agent",
                                  AgentCandidate.builder()
                                      .image("registry.example.com/routes-agent:1.9.0")
                                      .args(List.of("--fast"))
                                      .envVariables(
                                          Map.of(
                                              "MODE", EnvValue.fromValue("fast"),
                                              "LEVEL", EnvValue.fromValue("2")))
                                      .build()))
                          .through("canary")
                          .maxUnavailable(PercentOrAbsolute.percent(10))
                          .minReady(Duration.seconds(30))
                          .build()))
              .build();
      NodeAgent.Builder.create(this, "verdicts")
          .contract(VERDICTS)
          .toolImage(TOOLS)
          .capabilities(List.of("IPC_LOCK"))
          .devices(Map.of("example.com/fpga", 1))
          .tolerations(
              List.of(
                  Map.of("key", "example.com/fpga", "operator", "Exists", "effect", "NoSchedule")))
          .containers(List.of(agent("verdicts-agent:4.2.0", 256).build()))
          .update(AgentUpdate.onDelete())
          .build();
      NodeAgent.Builder.create(this, "orders")
          .contract(ORDERS)
          .toolImage(TOOLS)
          .leftovers(
              Leftovers.sweep(SweepOptions.builder().except(List.of("queue.lock")).build()))
          .sizes(Map.of("queue", Size.mebibytes(96)))
          .containers(List.of(agent("orders-agent:2.0.0", 256).build()))
          .build();
      ContractGrant grant =
          ContractGrant.Builder.create(this, "grant-routes")
              .contract(ROUTES)
              .namespace("shop")
              .build();
      System.out.println(grant.claimName() + " " + grant.persistentVolumeName("table"));
      ContractGrant.Builder.create(this, "grant-orders")
          .contract(ORDERS)
          .namespace("shop")
          .access(Access.READ_WRITE)
          .build();
      ClientNamespace.Builder.create(this, "shop")
          .name("shop")
          .contracts(List.of(ROUTES, ORDERS, VERDICTS))
          .podSecurity(PodSecurityLevel.PRIVILEGED)
          .containerMemory(
              ClientContainerMemory.builder()
                  .defaultLimit(Size.mebibytes(256))
                  .max(Size.gibibytes(2))
                  .build())
          .quota(ClientQuota.builder().pods(40).limits(Size.gibibytes(16)).build())
          .build();
      ClientInjection.Builder.create(this, "join")
          .contract(ROUTES)
          .namespaces(List.of("shop"))
          .build();
      ClientPolicy.Builder.create(this, "policy")
          .grants(
              List.of(
                  ClientPolicyGrant.builder().contract(ROUTES).namespace("shop").build(),
                  ClientPolicyGrant.builder()
                      .contract(ORDERS)
                      .namespace("shop")
                      .access(Access.READ_WRITE)
                      .build(),
                  ClientPolicyGrant.builder().contract(VERDICTS).namespace("shop").build()))
          .action(PolicyAction.WARN)
          .build();
      StartupTaint startupTaint =
          StartupTaint.Builder.create(this, "startup-taint")
              .agents(List.of(agent))
              .image("registry.example.com/kubectl:1.33")
              .interval(Duration.seconds(10))
              .build();
      AgentAlerts.Builder.create(this, "alerts")
          .agents(List.of(agent))
          .startupTaint(startupTaint)
          .agentNotReadyFor(Duration.minutes(20))
          .severities(Map.of("SharedMemoryAgentMissing", "warning"))
          .labels(Map.of("release", "prometheus"))
          .build();
      NodePreflight.Builder.create(this, "preflight")
          .agents(List.of(agent))
          .toolImage(TOOLS)
          .build();
      NodeCleanup.Builder.create(this, "cleanup").contract(ROUTES).toolImage(TOOLS).build();
    }
  }

  private static final class Shop extends Chart {
    Shop(Construct scope) {
      super(
          scope,
          "shop",
          ChartProps.builder().namespace("shop").disableResourceNameHashes(true).build());

      // workloads of cdk8s-plus
      Deployment api =
          Deployment.Builder.create(this, "api").containers(container("api", 512)).build();
      AgentContract.fromFile("routes.contract.json").attachTo(api);
      ORDERS.attachTo(
          api,
          AttachOptions.builder()
              .access(Access.READ_WRITE)
              .accounting(Accounting.ADD_TO_LIMITS)
              .build());
      Job trainer =
          Job.Builder.create(this, "trainer").containers(container("trainer", 2048)).build();
      PodSharedMemory.Builder.create().size(Size.gibibytes(1)).build().attachTo(trainer);
      Deployment alone =
          Deployment.Builder.create(this, "alone").containers(container("alone", 512)).build();
      SidecarAgent.Builder.create()
          .contract(ROUTES)
          .containers(
              List.of(
                  agent("routes-agent:1.8.2", 384)
                      .startup(Probe.fromCommand(List.of("test", "-e", "/run/routes/table.bin")))
                      .build()))
          .build()
          .attachTo(alone);

      // an object in the words of Kubernetes
      ApiObject raw =
          new ApiObject(
              this,
              "raw",
              ApiObjectProps.builder().apiVersion("apps/v1").kind("StatefulSet").build());
      Map<String, Object> labels = Map.of("app", "raw");
      raw.addJsonPatch(
          JsonPatch.add(
              "/spec",
              Map.of(
                  "serviceName", "raw",
                  "selector", Map.of("matchLabels", labels),
                  "template",
                      Map.of(
                          "metadata", Map.of("labels", labels),
                          "spec",
                              Map.of(
                                  "containers",
                                  List.of(
                                      Map.of(
                                          "name", "raw",
                                          "image", "registry.example.com/raw:1")))))));
      VERDICTS.attachTo(raw, AttachOptions.builder().containers(List.of("raw")).build());

      // plain YAML
      Include included = Include.Builder.create(this, "included").url("workload.yaml").build();
      ROUTES.attachTo(
          included,
          AttachOptions.builder().workload("Deployment/web").containers(List.of("web")).build());

      // a workload that moves away from its built-in agent
      WorkloadShift.Builder.create(this, "shift")
          .contract(ROUTES)
          .from(twin("old"))
          .to(twin("new"))
          .replicas(8)
          .shifted(25)
          .build();
      Acknowledgements.of(this)
          .add(
              Acknowledgement.builder()
                  .rule("SHM203")
                  .reason("the trainer is alone on its node")
                  .until("2099-12-31")
                  .build());
    }

    private Deployment twin(String id) {
      return Deployment.Builder.create(this, id)
          .podMetadata(ApiObjectMetadata.builder().labels(Map.of("app", "twin")).build())
          .containers(container("twin", 256))
          .build();
    }
  }

  public static void main(String[] args) {
    ROUTES.toFile("routes.contract.json");
    System.out.print(VERDICTS.explain());
    System.out.println(
        AgentContract.fromJson(ROUTES.toJson()).compatibleWith(ORDERS).getText());
    System.out.println(ROUTES.getName() + " " + ROUTES.getVersion());

    ReviewApp app =
        ReviewApp.Builder.create().outdir("everything").pack(RulePack.STRICT).build();
    new Agents(app);
    new Shop(app);
    app.synth();

    Map<String, Object> pod =
        Map.of(
            "apiVersion", "v1",
            "kind", "Pod",
            "metadata", Map.of("name", "odd"),
            "spec",
                Map.of(
                    "hostIPC", true,
                    "hostUsers", false,
                    "containers",
                        List.of(Map.of("name", "odd", "image", "registry.example.com/odd:1"))));
    ReviewOptions strict =
        ReviewOptions.builder().pack(RulePack.STRICT).today("2026-01-01").build();
    for (Finding each : Review.of(List.of(pod), strict).getFindings()) {
      System.out.printf(
          "%s %s %s/%s %s %s: %s%n",
          each.getRule(),
          each.getSeverity().toString().toLowerCase(),
          each.getKind(),
          each.getName(),
          each.getPath(),
          each.getAcknowledged() == null ? "open" : "acknowledged",
          each.getMessage());
    }
  }
}
