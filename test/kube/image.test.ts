import { repositoryOf } from '../../src/kube/image';

test.each([
  ['registry.example.com/base/busybox:1.36', 'registry.example.com/base/busybox'],
  ['registry.example.com:5000/busybox', 'registry.example.com:5000/busybox'],
  ['registry.example.com:5000/busybox:1.36@sha256:ab', 'registry.example.com:5000/busybox'],
  ['localhost/busybox:1', 'localhost/busybox'],
  ['busybox', 'docker.io/library/busybox'],
  ['busybox@sha256:ab', 'docker.io/library/busybox'],
  ['docker.io/busybox:1', 'docker.io/library/busybox'],
  ['index.docker.io/library/busybox:1', 'docker.io/library/busybox'],
  ['toolbelt/busybox:latest', 'docker.io/toolbelt/busybox'],
  ['docker.io/toolbelt/busybox', 'docker.io/toolbelt/busybox'],
  ['', 'docker.io/library/'],
])('the repository of %s', (image, repository) => {
  expect(repositoryOf(image)).toBe(repository);
});
