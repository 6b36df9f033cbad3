package com.example.shop;

import com.example.cdk8s.sharedmemory.ReviewApp;

public final class Main {
  public static void main(String[] args) {
    ReviewApp app = new ReviewApp();
    new Agents(app);
    new Shop(app);
    app.synth();
  }
}
