import { Agents } from './agents';
import { Shop } from './shop';
import { ReviewApp } from 'cdk8s-shared-memory';

const app = new ReviewApp();
new Agents(app);
new Shop(app);
app.synth();
