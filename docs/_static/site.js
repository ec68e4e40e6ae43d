// Whatever scrolls can be reached, and scrolled, with the keyboard alone.
const letScrollersBeReached = () => {
  for (const box of document.querySelectorAll("pre, .table-wrapper")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
window.addEventListener("DOMContentLoaded", letScrollersBeReached);
window.addEventListener("resize", letScrollersBeReached);
