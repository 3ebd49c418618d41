import { after } from 'node:test';
import { composeTrial } from './compose.ts';
import { imageTrial } from './image.ts';
import { servingTrial } from './serving.ts';
import { weekTrial } from './week.ts';
import { dockerWorld } from './world.ts';

// One engine and one image for all: building it is most of the time they take.
const world = await dockerWorld();
after(() => world.dispose());
imageTrial(world);
servingTrial(world);
weekTrial(world);
composeTrial(world);
