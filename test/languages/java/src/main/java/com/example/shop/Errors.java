package com.example.shop;

import com.example.cdk8s.sharedmemory.Access;
import com.example.cdk8s.sharedmemory.AgentContract;
import com.example.cdk8s.sharedmemory.AttachOptions;
import com.example.cdk8s.sharedmemory.FilesOptions;
import com.example.cdk8s.sharedmemory.NodeAgent;
import com.example.cdk8s.sharedmemory.PosixOptions;
import com.example.cdk8s.sharedmemory.ReviewApp;
import com.example.cdk8s.sharedmemory.SharedMemory;
import java.util.List;
import org.cdk8s.App;
import org.cdk8s.Chart;
import org.cdk8s.ChartProps;
import org.cdk8s.Size;
import org.cdk8s.plus27.ContainerProps;
import org.cdk8s.plus27.Deployment;

/** The same mistakes as in ../typescript/errors.ts: the same must be said. */
public final class Errors {
  /** Prints what is said where something is wrong. */
  private static void attempt(Runnable wrong) {
    try {
      wrong.run();
    } catch (RuntimeException error) {
      // after the message of the library, jsii repeats it with the stack of its own process
      System.out.println(error.getMessage().split("\n(@jsii/kernel|InputError: )")[0]);
      return;
    }
    throw new AssertionError("nothing is said");
  }

  private static List<ContainerProps> container(String name, String image) {
    return List.of(
        ContainerProps.builder().name(name).image("registry.example.com/" + image).build());
  }

  public static void main(String[] args) {
    Chart chart = new Chart(new App(), "shop", ChartProps.builder().namespace("shop").build());
    Deployment api =
        Deployment.Builder.create(chart, "api").containers(container("api", "api:3.1.0")).build();

    // the contract itself
    attempt(
        () ->
            AgentContract.Builder.create()
                .name("Routes")
                .namespace("node-agents")
                .version("v1")
                .memory(
                    List.of(
                        SharedMemory.files(
                            FilesOptions.builder()
                                .name("table")
                                .size(Size.kibibytes(0))
                                .mountPath("run/routes")
                                .build()),
                        SharedMemory.posix(PosixOptions.builder().name("table").build())))
                .build());
    attempt(() -> AgentContract.fromFile("missing.json"));
    attempt(() -> AgentContract.fromJson("{\"apiVersion\":\"cdk8s-shared-memory/v9\"}"));

    // what is asked of it
    attempt(
        () ->
            Contracts.ROUTES.attachTo(
                api, AttachOptions.builder().access(Access.READ_WRITE).build()));
    attempt(
        () ->
            Contracts.ROUTES.attachTo(
                chart, AttachOptions.builder().workload("Deployment/other").build()));
    attempt(
        () ->
            NodeAgent.Builder.create(chart, "agent")
                .contract(Contracts.ROUTES)
                .containers(container("agent", "routes-agent:1.8.2"))
                .build());

    // what is only found when the app is rendered, before any file is written
    ReviewApp app = ReviewApp.Builder.create().outdir("errors").build();
    Deployment web =
        Deployment.Builder.create(new Chart(app, "web"), "web")
            .containers(container("web", "web:3.1.0"))
            .build();
    Contracts.ROUTES.attachTo(web, AttachOptions.builder().containers(List.of("wbe")).build());
    attempt(app::synth);
  }
}
