# Aeron's media driver and its samples, with a Java that runs them.
#: maven io.aeron:aeron-all:1.44.1
apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless
install -D -m 0644 -t /opt/aeron /recipe/aeron-all-1.44.1.jar
