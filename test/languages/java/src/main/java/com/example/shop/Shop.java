package com.example.shop;

import com.example.cdk8s.sharedmemory.PodSecurity;
import java.util.List;
import org.cdk8s.Chart;
import org.cdk8s.ChartProps;
import org.cdk8s.plus27.ContainerProps;
import org.cdk8s.plus27.Deployment;
import software.constructs.Construct;

final class Shop extends Chart {
  Shop(Construct scope) {
    super(scope, "shop", ChartProps.builder().namespace("shop").build());
    Deployment api =
        Deployment.Builder.create(this, "api")
            .containers(
                List.of(
                    ContainerProps.builder()
                        .name("api")
                        .image("registry.example.com/api:3.1.0")
                        .build()))
            .build();
    Contracts.ROUTES.attachTo(api); // read-only
    PodSecurity.restricted().attachTo(api);
  }
}
