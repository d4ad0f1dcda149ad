/** Stands for style sheets and for icons, which tests do not look at. */
export default () => null;
