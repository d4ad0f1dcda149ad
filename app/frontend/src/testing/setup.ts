import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';
import { TextDecoder, TextEncoder } from 'node:util';

// What browsers have and jsdom lacks.
class Resizes {
  constructor(private readonly tell: (entries: Array<{ target: Element; contentRect: DOMRect }>) => void) {}
  observe(element: Element) {
    this.tell([{ target: element, contentRect: element.getBoundingClientRect() }]);
  }
  unobserve() {}
  disconnect() {}
}
Object.assign(globalThis, { TextDecoder, TextEncoder, ResizeObserver: Resizes });
configure({ asyncUtilTimeout: 20_000 });
HTMLCanvasElement.prototype.getContext = () => null;
Object.defineProperty(window, 'matchMedia', {
  value: (media: string) => ({ media, matches: false, addEventListener() {}, removeEventListener() {} }),
});
Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1000 });

// These two are set by Grafana's front end when it starts.
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  ...jest.requireActual('./frontEnd'),
}));
