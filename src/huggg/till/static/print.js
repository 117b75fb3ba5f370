/* Printing needs a script; without one a browser prints by its own menu. */
const print = document.getElementById("print");
print.hidden = false;
print.addEventListener("click", () => window.print());
