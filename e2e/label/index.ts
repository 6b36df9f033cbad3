export { randomPods } from './random-pods';
